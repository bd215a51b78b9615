"""What docs/python.md shows with substrate-interface, against a node."""

import unittest

from scalecodec.base import ScaleBytes
from substrateinterface import Keypair, SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException

import page
from node import Node

UNIT = 10**12


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node()
        cls.addClassCleanup(cls.node.stop)
        cls.chain = SubstrateInterface(url=cls.node.url)
        cls.addClassCleanup(cls.chain.close)

    def free(self, address):
        return self.chain.query("System", "Account", [address]).value["data"]["free"]

    def test_the_chain_tells_its_prefix_token_and_decimals(self):
        self.assertEqual(self.chain.ss58_format, 3131)
        self.assertEqual(self.chain.token_symbol, "BCAI")
        self.assertEqual(self.chain.token_decimals, 12)

    def test_addresses_have_the_prefix_of_the_chain(self):
        bob = Keypair.create_from_uri("//Bob", ss58_format=self.chain.ss58_format)
        self.assertTrue(bob.ss58_address.startswith("bh"), bob.ss58_address)
        self.assertEqual(self.chain.ss58_encode(bob.public_key), bob.ss58_address)

    def test_a_transfer_arrives(self):
        alice = Keypair.create_from_uri("//Alice", ss58_format=3131)
        bob = Keypair.create_from_uri("//Bob", ss58_format=3131)
        before = self.free(bob.ss58_address)
        call = self.chain.compose_call("Balances", "transfer_keep_alive", {"dest": bob.ss58_address, "value": 3 * UNIT})
        receipt = self.chain.submit_extrinsic(self.chain.create_signed_extrinsic(call, keypair=alice), wait_for_inclusion=True)
        self.assertTrue(receipt.is_success, receipt.error_message)
        self.assertEqual(self.free(bob.ss58_address) - before, 3 * UNIT)

    def test_a_refused_call_has_the_name_of_its_error(self):
        alice = Keypair.create_from_uri("//Alice", ss58_format=3131)
        call = self.chain.compose_call("Pouw", "claim_task", {"task": 4_000_000})
        receipt = self.chain.submit_extrinsic(self.chain.create_signed_extrinsic(call, keypair=alice), wait_for_inclusion=True)
        self.assertFalse(receipt.is_success)
        self.assertEqual(receipt.error_message["name"], "UnknownTask")

    def test_storage_and_constants_are_read(self):
        self.assertEqual(self.chain.query("Pouw", "NextTaskId").value, 0)
        self.assertEqual(self.chain.get_constant("Babe", "ExpectedBlockTime").value, 1000)

    def test_the_methods_of_the_node_are_called_by_name(self):
        self.assertEqual(self.chain.rpc_request("pouw_tasks", [0, 10])["result"], {"tasks": [], "next": None})
        with self.assertRaises(SubstrateRequestException):
            self.chain.rpc_request("pouw_task", ["not a number"])

    def test_the_runtime_api_of_the_chain_is_called_through_state_call(self):
        # By name it only knows what is in its own list.
        with self.assertRaisesRegex(ValueError, "PouwApi.next_task_id' not found in registry"):
            self.chain.runtime_call("PouwApi", "next_task_id")
        answer = self.chain.rpc_request("state_call", ["PouwApi_next_task_id", "0x"])["result"]
        self.assertEqual(self.chain.decode_scale("u64", ScaleBytes(answer)), 0)
        bob = Keypair.create_from_uri("//Bob")
        answer = self.chain.rpc_request("state_call", ["PouwApi_work_credit", f"0x{bob.public_key.hex()}"])["result"]
        self.assertEqual(self.chain.decode_scale("u128", ScaleBytes(answer)), 0)

    def test_the_examples_of_the_page_run(self):
        printed = page.run("substrate-interface", self.node.url)
        self.assertEqual(printed[1:], ["{'tasks': [], 'next': None}", "0", "0"])
