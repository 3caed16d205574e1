# One image, many entry points: `docker run holdfast run status`. One digest answers "which code decided this?".
# Written without an engine to try it on; see docs/running.md.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY sdk ./sdk
COPY holdfast ./holdfast
COPY schemas ./schemas
COPY services ./services
COPY simulator ./simulator
COPY bench ./bench
RUN uv sync --locked --no-dev --no-editable

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home holdfast
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 HOLDFAST_HTTP_HOST=0.0.0.0 HOLDFAST_HTTP_PORT=8080
USER 10001
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["holdfast"]
CMD ["--help"]
