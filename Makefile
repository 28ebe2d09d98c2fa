# SPDX-License-Identifier: Apache-2.0
# Compiles the twin. Called by scripts/build.mjs, which says where XS is and which sources the manifests list.

VARIANT ?= twin
OUT ?= build/$(VARIANT)
CC := gcc

ARCH :=
OPTIMIZE := -O2 -g
SANITIZE :=
ifeq ($(VARIANT),twin32)
ARCH := -m32 -msse2 -mfpmath=sse
OPTIMIZE := -Os -g
endif
ifeq ($(VARIANT),asan)
OPTIMIZE := -O1 -g
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
ifeq ($(VARIANT),tsan)
OPTIMIZE := -O1 -g
SANITIZE := -fsanitize=thread
endif

# What the chip's build of XS has, and nothing more: 16-bit ids, no metering, no debugger.
XS_DEFINES := -DINCLUDE_XSPLATFORM -DXSPLATFORM='"xs-platform.h"' -DmxParse=1 -DmxRun=1 -DmxSloppy=1 -DmxLockdown=1 \
	-DmxNoConsole=1 -DmxHostFunctionPrimitive=1 -DmxBoundsCheck=1
COMMON := $(ARCH) $(OPTIMIZE) -fno-common -fno-strict-aliasing -pthread $(XS_DEFINES) \
	-I$(XS)/sources -I$(XS)/includes -I$(XS)/platforms -Itwin

# XS is not ours: built without warnings and without sanitizers, whose checks its slots do not pass.
XS_FLAGS := $(COMMON) -w
ifeq ($(VARIANT),tsan)
XS_FLAGS += -fsanitize=thread
endif

OUR_FLAGS := -std=gnu11 -Wall -Wextra -Werror -Wno-psabi $(COMMON) $(SANITIZE) $(addprefix -I,$(MODULE_FOLDERS)) \
	-isystem $(XS)/includes -isystem $(XS)/sources -DXS_AT_COMMIT='"$(COMMIT)"'

# Snapshots are no part of a firmware; xsum.c is included by xsMath.c.
XS_SOURCES := $(filter-out %/xsSnapshot.c %/xsum.c,$(wildcard $(XS)/sources/*.c))
OUR_SOURCES := $(MODULE_SOURCES) $(wildcard twin/*.c) $(wildcard build/generated/*.c)

XS_OBJECTS := $(patsubst $(XS)/sources/%.c,$(OUT)/xs/%.o,$(XS_SOURCES))
OUR_OBJECTS := $(patsubst %.c,$(OUT)/obj/%.o,$(OUR_SOURCES))

$(OUT)/xs-at: $(XS_OBJECTS) $(OUR_OBJECTS)
	$(CC) $(ARCH) $(OPTIMIZE) $(SANITIZE) -pthread -o $@ $^ -lm -lresolv

$(OUT)/xs/%.o: $(XS)/sources/%.c twin/xs-platform.h Makefile
	@mkdir -p $(@D)
	$(CC) $(XS_FLAGS) -c -o $@ $<

$(OUT)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(OUR_FLAGS) -MMD -MP -c -o $@ $<

-include $(OUR_OBJECTS:.o=.d)

# The rules of preloading, on the same engine: host-tests/machine.
MACHINE_TEST := $(addprefix $(OUT)/obj/,twin/machine.o twin/freeze.o twin/modules.o modules/platform/services.o \
	modules/platform/posix/platform.o modules/platform/posix/clock.o \
	modules/platform/posix/uart.o modules/platform/posix/pace.o host-tests/machine/machine.test.o)

$(OUT)/machine-test: $(XS_OBJECTS) $(MACHINE_TEST)
	$(CC) $(ARCH) $(OPTIMIZE) $(SANITIZE) -pthread -o $@ $^ -lm -lresolv

-include $(MACHINE_TEST:.o=.d)
