/* SPDX-License-Identifier: Apache-2.0 */
/* What bre.c makes and bre-search.c runs. */
#ifndef XS_AT_BRE_STATES_H
#define XS_AT_BRE_STATES_H

typedef enum {
	STATE_BYTE,
	STATE_ANY,
	STATE_SET,
	/* these take no byte */
	STATE_FORK, /* the next state and the one at jump */
	STATE_JUMP,
	STATE_BEGIN,
	STATE_END,
	STATE_MATCH,
} bre_kind;

#endif
