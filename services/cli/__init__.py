"""What people type: `holdfast run`, `explain`, `contacts`, `grounds`, `codes`, `load`, `resolve`, `topics`, `schemas`."""
