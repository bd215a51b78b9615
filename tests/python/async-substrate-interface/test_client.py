"""What docs/python.md shows with async-substrate-interface, against a node."""

import asyncio
import unittest

from async_substrate_interface import AsyncSubstrateInterface, SubstrateInterface
from bittensor_wallet import Keypair

import page
from node import Node

UNIT = 10**12


class Client(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node()
        cls.addClassCleanup(cls.node.stop)

    async def asyncSetUp(self):
        # The test case turns it on, and it tells of every step that takes long.
        asyncio.get_running_loop().set_debug(False)
        self.chain = AsyncSubstrateInterface(self.node.url, ss58_format=3131)
        await self.chain.initialize()
        self.addAsyncCleanup(self.chain.close)

    async def free(self, address):
        account = await self.chain.query("System", "Account", [address])
        return account["data"]["free"].value

    async def test_without_the_prefix_addresses_are_those_of_any_chain(self):
        with SubstrateInterface(self.node.url) as chain:
            self.assertEqual(chain.ss58_format, 42)
        with SubstrateInterface(self.node.url, ss58_format=None) as chain:
            self.assertEqual(chain.ss58_format, 3131, "None asks the chain")
        self.assertEqual(self.chain.ss58_format, 3131)

    async def test_a_transfer_arrives(self):
        alice = Keypair.create_from_uri("//Alice")
        # Without the prefix again, this makes an address of any chain.
        bob = self.chain.ss58_encode(Keypair.create_from_uri("//Bob").public_key, ss58_format=3131)
        self.assertTrue(bob.startswith("bh"), bob)
        before = await self.free(bob)
        call = await self.chain.compose_call("Balances", "transfer_keep_alive", {"dest": bob, "value": 3 * UNIT})
        extrinsic = await self.chain.create_signed_extrinsic(call, keypair=alice)
        receipt = await self.chain.submit_extrinsic(extrinsic, wait_for_inclusion=True)
        self.assertTrue(await receipt.is_success)
        self.assertEqual(await self.free(bob) - before, 3 * UNIT)
        transfer = next(each for each in await receipt.triggered_events if each["event"]["event_id"] == "Transfer")
        self.assertEqual(transfer["event"]["attributes"]["to"], bob, "addresses that the client decodes have the prefix")

    async def test_storage_and_constants_are_read(self):
        self.assertEqual(await self.chain.query("Pouw", "NextTaskId"), 0)
        self.assertEqual(await self.chain.get_constant("Babe", "ExpectedBlockTime"), 1000)

    async def test_the_methods_of_the_node_are_called_by_name(self):
        answer = await self.chain.rpc_request("pouw_tasks", [0, 10])
        self.assertEqual(answer["result"], {"tasks": [], "next": None})

    async def test_the_runtime_api_of_the_chain_is_called_by_name(self):
        self.assertEqual(await self.chain.runtime_call("PouwApi", "next_task_id"), 0)
        bob = Keypair.create_from_uri("//Bob")
        self.assertEqual(await self.chain.runtime_call("PouwApi", "work_credit", [bob.ss58_address]), 0)

    async def test_the_examples_of_the_page_run(self):
        printed = page.run("async-substrate-interface", self.node.url)
        self.assertEqual(printed[1:], ["0", "{'tasks': [], 'next': None}"])
