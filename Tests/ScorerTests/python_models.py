"""Models of the pyfunc flavour, good ones and bad ones. Pickled by value: a replica does not have this file."""

import os
import signal
import subprocess
import sys
import time

import mlflow
import numpy as np
import pandas as pd
import pydantic
from mlflow.types.llm import ChatChoice, ChatCompletionResponse, ChatMessage


class Frame(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return pd.DataFrame({"low": model_input["x"] - 1, "high": model_input["x"] + 1})


class Sorted(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return pd.DataFrame({"double": model_input["x"] * 2}).sort_values("double", ascending=False)


class Text(mlflow.pyfunc.PythonModel):
    """One text a call, as language models answer."""

    def predict(self, context, model_input, params=None):
        return f"It is {model_input['x'].iloc[0]} – olá"


class Chat(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return {"choices": [{"message": {"content": f"x={model_input['x'].iloc[0]}"}}], "model": "m"}


class Columns(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return {"a": model_input["x"].to_numpy(), "b": [str(x) for x in model_input["x"]]}


class Gaps(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [{"nan": float("nan"), "inf": np.float32("inf"), "x": x} for x in model_input["x"]]


class TooFew(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [1.0] * (len(model_input) + 1)


class Strange(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [object() for _ in range(len(model_input))]


class Moody(mlflow.pyfunc.PythonModel):
    """What it does stands in the column `do`."""

    def predict(self, context, model_input, params=None):
        do = list(model_input["do"])
        for what in do:
            if what == "exit":
                os._exit(3)
            if what == "sys.exit":
                sys.exit("private-value")
            if what == "interrupt":
                raise KeyboardInterrupt("private-value")
            if what == "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            if what.startswith("sleep"):
                time.sleep(float(what.removeprefix("sleep")))
            if what == "print":
                print("a print of the model")
            if what == "spawn":
                subprocess.Popen(["sleep", "1000"])
            if what == "spawn daemon":
                subprocess.Popen(["sleep", "1001"], start_new_session=True)
            if what.startswith("private"):
                raise ValueError(f"cannot take {what!r}") from KeyError(what)
            if what == "environment":
                return [str(sorted(os.environ.items()))] * len(do)
            if what == "files":
                return [str(sorted(os.listdir("/proc/self/fd")))] * len(do)
            if what == "whoami":
                return [f"{os.getresuid()} {os.getresgid()} {os.getgroups()} {os.getcwd()}"] * len(do)
            if what == "write":
                open(os.path.join(os.environ["HOME"], "a file"), "w").write("x")
        return [len(do)] * len(do)


class Hoarder(mlflow.pyfunc.PythonModel):
    """Keeps `mb` megabytes of each row; with `keep` 0 it only needs them meanwhile."""

    def load_context(self, context):
        self.kept = []

    def predict(self, context, model_input, params=None):
        for mb, keep in zip(model_input["mb"], model_input["keep"]):
            block = np.ones(int(mb) << 17)
            if keep:
                self.kept.append(block)
        return [len(self.kept)] * len(model_input)


class Stubborn(mlflow.pyfunc.PythonModel):
    """Does not care for SIGTERM: it never finishes its prediction."""

    def predict(self, context, model_input, params=None):
        while True:
            time.sleep(1)


class BadLoad(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        raise RuntimeError("the weights are gone\nsecond line")

    def predict(self, context, model_input, params=None):
        return []


class ExitAtLoad(BadLoad):
    def load_context(self, context):
        os._exit(9)


class SlowLoad(BadLoad):
    def load_context(self, context):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)


class BadExample(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        if os.environ.get("TMPDIR", "").find("replica-") >= 0:  # Not while it is saved.
            raise ValueError(f"private {model_input['x'].iloc[0]}")
        return model_input["x"]


class Texts(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str], params=None) -> list[str]:
        return [text.upper() for text in model_input]


class Types(mlflow.pyfunc.PythonModel):
    """Answers with what it was given."""

    def predict(self, context, model_input, params=None):
        return [
            {name: f"{model_input[name].dtype} {model_input[name].iloc[row]}" for name in model_input}
            for row in range(len(model_input))
        ]


class OwnModules(mlflow.pyfunc.PythonModel):
    """Brings files that are called as ours are."""

    def load_context(self, context):
        import answers
        import features

        self.said = f"{answers.SAID} {features.SAID}"

    def predict(self, context, model_input, params=None):
        return [self.said] * len(model_input)


class Parrot(mlflow.pyfunc.ChatModel):
    def predict(self, context, messages, params):
        message = ChatMessage(role="assistant", content=messages[-1].content.upper())
        return ChatCompletionResponse(choices=[ChatChoice(index=0, message=message)], model="m")


class Pair(pydantic.BaseModel):
    a: int
    b: str | None = None


class Pairs(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[Pair]) -> list[str]:
        return [f"{pair.a} {pair.b}" for pair in model_input]
