# Tegata. The two commands: `make demo` and `make test`; each sets up what it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

BENCH_scan  := scan_speed scan_peers
BENCH_rules := rules_speed rules_peers rules_batch ledger_rate
BENCH_data  := protect_speed data_door data_peers
BENCH_dsp   := dsp_rate dsp_catalog dsp_growth
BENCH_trust := trust_log trust_time trust_lists

.DEFAULT_GOAL := help
.PHONY: help setup demo test verifier check bench bench-scan bench-rules bench-data bench-dsp bench-trust soak-replicas soak-kill soak-power soak-data soak-log soak-packages soak-worlds soak-ledger world tck judge-mutants interop-edc judges-trust judge-witness judge-stranger judges-dss documents lock clean judges-doors judge-evasion judge-text judge-scan judge-scan-peers judge-buckets judge-attacks judge-brokers

help:  ## this list
	@grep -hE '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 36

setup: $(READY)  ## virtual environment with the locked dependencies

$(READY): requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $@

demo: $(READY)  ## the main job: from a file to a verified passport at another node (FILE=..., TO=CC)
	@$(BIN)/tegata demo $(if $(FILE),--file "$(FILE)") $(if $(TO),--to "$(TO)")

test: $(READY)  ## the everyday tests
	@$(BIN)/pytest -n $$(($$(nproc) + 1)) --dist worksteal -q  # one more than processors: a third of the time is waiting

verifier: $(READY)  ## the small verifier: one file for a Python that has cryptography alone
	@$(BIN)/python tools/make_verifier.py

check: $(READY)  ## ruff, mypy strict, floors of the design, documents against the real command line
	@$(BIN)/ruff check src tests bench tools
	@$(BIN)/ruff format --check src tests bench tools
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/check_docs.py

soak-replicas: $(READY)  ## replicas, a consumer and the database server killed at random, for some minutes
	@$(BIN)/pytest -q -m soak tests/replicas

soak-kill: $(READY)  ## real nodes killed, and their disks failing, at chosen system calls (KILLS=2000; needs cc)
	@$(BIN)/python -m tests.faults --strikes $(or $(KILLS),2000)

soak-power: $(READY)  ## every state that a power cut may leave of state and log, tried by number (STATES=100000; needs cc)
	@STATES=$(or $(STATES),100000) $(BIN)/pytest -q -m soak tests/power

soak-data: $(READY)  ## large files cross while either node is killed again and again (SIZE=2G KILLS=200; TOTAL=100G in rounds, OPAQUE=1; three times SIZE on the disk)
	@$(BIN)/python -m tests.faults.data --size $(or $(SIZE),2G) --kills $(or $(KILLS),200) $(if $(TOTAL),--total $(TOTAL)) $(if $(OPAQUE),--opaque) $(if $(FOLDER),--folder $(FOLDER))

world: $(READY)  ## one simulated world, event by event (SEED=7)
	@$(BIN)/python -m tests.world --seed $(or $(SEED),1)

soak-log: $(READY)  ## random damages of the evidence log, all found and named (DAMAGES=10000)
	@DAMAGES=$(or $(DAMAGES),10000) $(BIN)/pytest -q -s -m soak tests/evidence/test_random_damage.py

soak-packages: $(READY)  ## evidence packages tampered with, none taken for one (MUTANTS=1000000)
	@MUTANTS=$(or $(MUTANTS),1000000) $(BIN)/pytest -q -s -m soak tests/evidence/test_package_mutants.py

soak-worlds: $(READY)  ## simulated worlds in great number (WORLDS=100000 FIRST=1)
	@$(BIN)/python -m tests.world --worlds $(or $(WORLDS),100000) --first $(or $(FIRST),1)

soak-ledger: $(READY)  ## random plans to split a transfer around the ledger, against an oracle (PLANS=10000; ON=postgres)
	@$(BIN)/python -m tests.ledger --plans $(or $(PLANS),10000) --first $(or $(FIRST),0) $(if $(ON),--$(ON))

judge-mutants: $(READY)  ## would anybody notice a change of the law? (PACK="jp.appi eu.gdpr-v", else all packs)
	@$(BIN)/python -m tests.rules.mutation.run $(PACK)

judge-attacks: $(READY)  ## every stated risk figure, reached by attackers on drawn populations (POPULATIONS=20 SIZE=600)
	@nice $(BIN)/python -m tests.protect.judge --populations $(or $(POPULATIONS),20) --size $(or $(SIZE),600) --write

judge-evasion: $(READY)  ## recall of the scanner on values in disguise, per technique of evadex
	@$(BIN)/pip install -q --no-deps --target build/evadex --upgrade evadex==3.36.0
	@PYTHONPATH=build/evadex $(BIN)/python -m tests.scan.evasion --write

judge-scan: $(READY)  ## the scanner on labelled columns, beside Presidio and DataProfiler where installed
	@$(BIN)/pytest -q -m soak tests/cli/test_real_tables.py
	@$(BIN)/python -m tests.scan.judge --write

judge-scan-peers:  ## install what judge-scan stands beside, each in its own environment (1.5 GB)
	@for peer in presidio dataprofiler; do python3 -m venv build/peers/$$peer; done
	@build/peers/presidio/bin/pip install -q presidio-analyzer==2.2.366 presidio-structured==0.0.10
	@build/peers/dataprofiler/bin/pip install -q 'DataProfiler[ml]==0.14.0'

judge-text: $(READY)  ## recall of the scanner among other text (TEXTS=data/synth_dataset_v2.json of presidio-research)
	@$(BIN)/python -m tests.scan.texts "$(TEXTS)"

judge-witness: $(READY)  ## a witness that others wrote cosigns our log (transparency-dev/witness; needs go), cut off from every network
	@GOBIN="$(CURDIR)/build/witness" go install github.com/transparency-dev/witness/cmd/omniwitness@v0.0.0-20260720115447-2e1c6971d19e
	@PATH="$(CURDIR)/build/witness:$$PATH" unshare -rn sh -c 'ip link set lo up && $(BIN)/pytest -q -m soak tests/evidence/test_omniwitness.py'

judges-trust: $(READY)  ## vectors and programs that others wrote on all that decides about trust: tables of what agrees (a JDK, Maven, openssl, poppler-utils; BSI_RECORDS=folder)
	@nice $(BIN)/python -m tests.dss --write
	@test -d build/jwcrypto || $(BIN)/pip install -q --no-deps --target build/jwcrypto jwcrypto==1.6.1 || rm -rf build/jwcrypto
	@PYTHONPATH=build/jwcrypto nice $(BIN)/python -W error -m tests.trust.judge --write

judges-doors: $(READY)  ## tools that others wrote open an agreed data set (pandas, DuckDB, Delta Sharing, AWS, ADBC, MCP ...; 1.5 GB)
	@for one in doors s3fs; do test -x build/peers/$$one/bin/python || python3 -m venv build/peers/$$one; done
	@build/peers/doors/bin/pip install -q -r tests/doors/judges.txt
	@build/peers/s3fs/bin/pip install -q -r tests/doors/judges-s3fs.txt
	@test -d build/peers/arrow/pyarrow || $(BIN)/pip install -q --target build/peers/arrow pyarrow==23.0.1
	@PYTHONPATH=build/peers/arrow $(BIN)/pytest -q tests/doors/test_flight.py
	@PYTHONPATH=build/peers/arrow $(BIN)/python -m tests.doors.judge --peers build/peers

judge-buckets: $(READY)  ## a store that others wrote (moto) judges what is laid in a bucket, and kills in the middle (120 MB)
	@test -x build/peers/moto/bin/python || python3 -m venv build/peers/moto
	@build/peers/moto/bin/pip install -q "moto[s3,server]==5.2.5"
	@PATH="$(CURDIR)/build/peers/moto/bin:$$PATH" $(BIN)/pytest -q -m soak tests/cli/test_bucket_by_moto.py tests/evidence/test_bucket_by_moto.py

judge-brokers: $(READY)  ## brokers that others wrote (Mosquitto, Kafka) judge streams as sources and destinations (needs a JDK and Maven; 60 MB)
	@command -v mosquitto >/dev/null || test -x build/mosquitto/usr/sbin/mosquitto || sh tools/unpack.sh build/mosquitto mosquitto libmosquitto1 libcjson1 libwebsockets17 libdlt2 libwrap0
	@test -d build/kafka || mvn -q -B -f tests/brokers/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$(CURDIR)/build/kafka"
	@test -d build/peers/kafka || $(BIN)/pip install -q --target build/peers/kafka aiokafka==0.14.0 cramjam==2.11.0
	@PYTHONPATH=build/peers/kafka $(BIN)/pytest -q tests/catalog/test_mqtt.py tests/catalog/test_kafka.py tests/cli/test_destinations.py tests/cli/test_kafka_destination.py

bench: $(READY)  ## the figures of the README
	@$(BIN)/python -m bench

tck: $(READY)  ## the official conformance kit for the Dataspace Protocol (needs a JDK and Maven)
	@$(BIN)/python -m tests.conformance.kit

bench-scan bench-rules bench-data bench-dsp bench-trust: $(READY)  ## figures of one part beside their goals
	@$(BIN)/python -m bench $(BENCH_$(@:bench-%=%))

interop-edc: $(READY)  ## Eclipse EDC as a peer, in both directions (needs a JDK and Maven)
	@$(BIN)/python -m tests.interop

judge-stranger: $(READY)  ## what make demo leaves, confirmed by OpenSSL, EU DSS, the page and one file with cryptography, and refused when spoilt (needs node, a JDK, Maven)
	@nice $(BIN)/python -m tests.stranger $(DEMO)

judges-dss: $(READY)  ## EU DSS and we judge the same: docs/dss-agreement.md; with DSS_SOURCES=folder on what others signed
	@$(BIN)/python -m tests.dss --write

documents: $(READY)  ## renew the schemas, the pages of the packs and the output shown in the documents
	@$(BIN)/python tools/make_schemas.py
	@$(BIN)/python tools/make_page.py
	@$(BIN)/python -m tools.make_pack_docs
	@$(BIN)/python -m tools.make_protocol_docs
	@$(BIN)/python -m tools.make_protect_docs
	@$(BIN)/python -m tools.make_pictures
	@$(BIN)/python tools/check_docs.py --write

lock:  ## resolve and lock the dependencies anew (needs uv)
	@uv pip compile pyproject.toml --extra dev --extra duckdb --extra s3 --extra demo --extra postgres --generate-hashes --no-emit-index-url \
	    --no-header --python-version 3.11 -q --no-strip-markers -o requirements.lock

clean:  ## remove everything that was made
	@rm -rf $(VENV) build dist demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
