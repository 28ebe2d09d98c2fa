/* SPDX-License-Identifier: Apache-2.0 */
/* The twin's pins, and what the control socket is told of them. */
#include "pins.h"

#include <string.h>

#include "check.h"
#include "platform.h"
#include "twin-pins.h"
#include "twin.h"

static char said[4096];

/* The world's thread takes these; here they are one after the other. */
void world_answer(const char *kind, int id, const char *json)
{
	size_t used = strlen(said);

	snprintf(said + used, sizeof(said) - used, "%s %d %s\n", kind, id, json);
}

uint32_t platform_now(void)
{
	return 7;
}

static void expect(const char *wanted)
{
	CHECK(!strcmp(said, wanted), "<%s>, wanted <%s>", said, wanted);
	*said = 0;
}

int main(void)
{
	char all[4096] = "outputs 9 {\"pins\":[";
	unsigned driven = 0;

	pins_start();
	pins_answer(1, "");
	expect("outputs 1 {\"pins\":[]}\n");
	CHECK(platform_pin_output(18, true) && twin_pin_level(18) == 1, "driven high");
	expect("event 0 {\"event\":\"pin\",\"pin\":18,\"level\":1,\"now\":7}\n");
	CHECK(platform_pin_output(18, true), "again");
	expect("");
	CHECK(platform_pin_output(18, false) && platform_pin_output(5, true), "changed");
	expect("event 0 {\"event\":\"pin\",\"pin\":18,\"level\":0,\"now\":7}\n"
	       "event 0 {\"event\":\"pin\",\"pin\":5,\"level\":1,\"now\":7}\n");
	pins_answer(2, "");
	expect("outputs 2 {\"pins\":[{\"pin\":5,\"level\":1},{\"pin\":18,\"level\":0}]}\n");
	platform_pin_release(18);
	platform_pin_release(18);
	platform_pin_release(PIN_COUNT);
	expect("event 0 {\"event\":\"pin\",\"pin\":18,\"level\":null,\"now\":7}\n");
	pins_answer(3, "18");
	expect("outputs 3 {\"pins\":[{\"pin\":18,\"level\":null}]}\n");
	/* Every pin at once: the answer has room for all. */
	for (unsigned pin = 0; pin < PIN_COUNT + 20; pin++) {
		char one[40];
		bool possible = pin <= 21 || pin == 26 || (pin >= 33 && pin <= 45);

		CHECK(platform_pin_output(pin, true) == possible, "GPIO%u", pin);
		snprintf(one, sizeof(one), "%s{\"pin\":%u,\"level\":1}", driven ? "," : "", pin);
		if (possible)
			strcat(all, one);
		driven += possible;
	}
	*said = 0;
	pins_answer(9, "");
	strcat(all, "]}\n");
	expect(all);
	return check_report();
}
