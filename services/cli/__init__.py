"""What people type: `holdfast run`, `explain`, `grounds`, `codes`, `load`, `resolve`, `topics`, `schemas`."""
