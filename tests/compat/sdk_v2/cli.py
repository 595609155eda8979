"""Run commands of the AWS CLI, one after the other in one process: cli.py COMMANDS, a list of lists as JSON.

Prints, for each, its exit code, its output and its errors, as JSON.
"""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

from awscli.clidriver import create_clidriver

told = []
for command in json.loads(sys.argv[1]):
    with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()) as errors:
        code = create_clidriver().main(command)
    told.append([code, output.getvalue(), errors.getvalue()])
print(json.dumps(told))
