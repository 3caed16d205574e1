"""What people type: `holdfast run`, `explain`, `resolve`, `topics`, `schemas`."""
