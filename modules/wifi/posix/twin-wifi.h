/* SPDX-License-Identifier: Apache-2.0 */
/* Between the station's driver in the twin and the radio world. */
#ifndef XS_AT_TWIN_WIFI_H
#define XS_AT_TWIN_WIFI_H

/** Before the station is used. @param instance number of this twin, 0..16383 */
void wifi_radio_prepare(unsigned instance);

/** Implemented by the twin: hands a request to the radio world. Any thread. */
void wifi_radio_request(const char *json);

#endif
