"""Tuning jobs as texts that create them: code for boto3 and SageMaker's SDK, a command of the AWS CLI."""
