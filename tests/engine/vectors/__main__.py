"""The vector store's marks as the real program makes them, from `kind`, `migrateFrom` and `lifecycle`."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from components.site import Site
from components.vector_store import vector_stores
from settings.environment import Lifecycle
from settings.vector_store import VectorStore

config = pulumi.Config()
chosen = VectorStore.model_validate_json(config.require("vectorStore"))
lifecycle = Lifecycle(config.require("lifecycle"))
site = Site(name="dify-prod", account="111122223333", region="eu-central-1", lifecycle=lifecycle)
vector_stores(site, chosen.kinds)
