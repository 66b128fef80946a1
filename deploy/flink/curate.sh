#!/usr/bin/env bash
# Curate on a Flink cluster (1.19 to 2.2) whose task managers have the worker pool of docker-compose.yml beside them.
#   deploy/flink/curate.sh INPUT... --out RUN [--policy NAME]      FLINK=host:8081
set -euo pipefail
exec cleanset curate "$@" --runner FlinkRunner -- \
  --flink_master="${FLINK:-localhost:8081}" \
  --environment_type=EXTERNAL --environment_config=localhost:50000 \
  --parallelism="${PARALLELISM:-8}"
