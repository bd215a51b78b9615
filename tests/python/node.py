"""A development node of its own for the tests of one Python client."""

import os
import shutil
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Node:
    """The node that BCAI_NODE names, on a new development chain; `url` is where it answers."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="bcai-python-")
        port = free_port()
        self.url = f"ws://127.0.0.1:{port}"
        self.log = open(os.path.join(self.folder, "node.log"), "w+")
        self.process = subprocess.Popen(
            [
                os.environ["BCAI_NODE"], "--chain=dev", "--alice", "--validator", "--force-authoring",
                f"--base-path={self.folder}/data", "--unsafe-force-node-key-generation", f"--rpc-port={port}",
                "--listen-addr=/ip4/127.0.0.1/tcp/0", "--no-mdns", "--no-prometheus", "--no-telemetry",
            ],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        try:
            self.wait(port)
        except BaseException:
            self.stop()
            raise

    def wait(self, port, patience=180):
        deadline = time.monotonic() + patience
        while True:
            if self.process.poll() is not None:
                self.log.seek(0)
                raise RuntimeError(f"the node ended with {self.process.returncode}:\n{self.log.read()[-3000:]}")
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the node did not answer within {patience} s") from None
                time.sleep(0.1)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)
