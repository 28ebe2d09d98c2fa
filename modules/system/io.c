/* SPDX-License-Identifier: Apache-2.0 */
#include "io.h"

#include "link.h"
#include "platform.h"
#include "port.h"

void io_run(void)
{
	for (;;) {
		io_wait wait = { .highest = platform_wake_fd(), .now = platform_now(), .due = UINT32_MAX };

		FD_ZERO(&wait.read);
		FD_ZERO(&wait.write);
		FD_SET(wait.highest, &wait.read);
		port_prepare(&wait);
		link_prepare(&wait);
		wait.ready = platform_wait(wait.highest, &wait.read, &wait.write, wait.due);
		wait.now = platform_now();
		if (wait.ready && FD_ISSET(platform_wake_fd(), &wait.read))
			platform_wake_clear();
		link_perform(&wait);
		port_perform(&wait);
	}
}
