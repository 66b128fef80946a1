#!/usr/bin/env bash
# Curate on Dataflow with the worker image.
#   PROJECT=p REGION=r BUCKET=gs://b IMAGE=REGISTRY/cleanset-worker:0.1.0 deploy/dataflow/curate.sh gs://b/shards --out gs://b/run
set -euo pipefail
exec cleanset curate "$@" --runner DataflowRunner -- \
  --project="${PROJECT:?}" --region="${REGION:?}" --temp_location="${BUCKET:?}/tmp" --staging_location="${BUCKET}/staging" \
  --sdk_container_image="${IMAGE:?}" --experiments=use_runner_v2 --max_num_workers="${MAX_WORKERS:-100}"
