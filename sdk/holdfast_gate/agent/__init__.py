"""The agent: one process that keeps the replica and answers gate software in any language over a local HTTP API (`openapi.json`).

Needs aiohttp: `pip install 'holdfast-gate[agent]'`. `holdfast_gate` itself never imports this package.
"""
