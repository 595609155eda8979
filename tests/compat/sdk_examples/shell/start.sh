#!/bin/bash
# Start the training from a shell; the style is that of SageMaker's examples.
set -euo pipefail

echo "Training on ${SM_CURRENT_HOST} with ${SM_NUM_CPUS} CPUs and these arguments: $*"
export MODEL_NAME="${SM_HP_MODEL_NAME:-model}"
python3 fit.py --learning-rate "${SM_HP_LEARNING_RATE}" --epochs "${SM_HP_EPOCHS}" --data-dir "$SM_CHANNEL_TRAINING"
ls "$SM_MODEL_DIR"
