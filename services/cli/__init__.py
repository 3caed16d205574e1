"""What people type: `holdfast run`, `explain`, `resolve`, `codes`, `topics`, `schemas`."""
