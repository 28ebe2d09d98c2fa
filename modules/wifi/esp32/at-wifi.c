/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Wi-Fi driver on, off and gone. It is switched by the XS task, at once, since the result is the command's (the
 * first time takes as long as the calibration of the radio, some 100 ms).
 */
#include "at-wifi.h"
#include "chip.h"
#include "esp_wifi_default.h"
#include "platform.h"
#include "power.h"

#if !CONFIG_ESP_WIFI_SOFTAP_SUPPORT
#error sdkconfig.defaults: CONFIG_ESP_WIFI_SOFTAP_SUPPORT=y
#endif

_Static_assert(WIFI_STATION == (int)WIFI_MODE_STA && WIFI_ACCESS_POINT == (int)WIFI_MODE_AP, "modes as the driver's");

static struct {
	esp_netif_t *station, *access_point; /* once made, for good */
	bool driver, started;
	unsigned mode; /* of the driver when it was last started */
} radio;

esp_netif_t *at_wifi_netif(unsigned interface)
{
	return interface == WIFI_ACCESS_POINT ? radio.access_point : radio.station;
}

bool at_wifi_has_driver(void)
{
	return radio.driver;
}

bool at_wifi_runs(unsigned interface)
{
	return radio.started && (radio.mode & interface);
}

/* --- the interfaces of the IP stack --- */

/* Not esp_netif_create_default_wifi_sta(), which ends the program when there is no memory. */
static bool make_interface(esp_netif_t **interface, const esp_netif_config_t *config,
                           esp_err_t (*attach)(esp_netif_t *))
{
	esp_netif_t *made;

	if (*interface)
		return true;
	made = esp_netif_new(config);
	if (!made) {
		platform_log("esp_netif_new: out of memory");
		return false;
	}
	if (chip_ok("esp_netif_attach_wifi", attach(made)) &&
	    /* One call registers those of both interfaces. */
	    chip_ok("esp_wifi_set_default_wifi_sta_handlers", esp_wifi_set_default_wifi_sta_handlers())) {
		*interface = made;
		return true;
	}
	esp_netif_destroy_default_wifi(made);
	return false;
}

static bool make_interfaces(unsigned mode)
{
	const esp_netif_config_t station_config = ESP_NETIF_DEFAULT_WIFI_STA();
	const esp_netif_config_t access_point_config = ESP_NETIF_DEFAULT_WIFI_AP();

	return (!(mode & WIFI_STATION) || make_interface(&radio.station, &station_config, esp_netif_attach_wifi_station)) &&
	       (!(mode & WIFI_ACCESS_POINT) ||
	        make_interface(&radio.access_point, &access_point_config, esp_netif_attach_wifi_ap));
}

/* --- the driver --- */

static bool set_mode(unsigned mode)
{
	return chip_ok("esp_wifi_set_mode", esp_wifi_set_mode((wifi_mode_t)mode));
}

static bool stop(void)
{
	if (radio.started && !chip_ok("esp_wifi_stop", esp_wifi_stop()))
		return false;
	radio.started = false;
	return true;
}

static bool start(void)
{
	radio.started = chip_ok("esp_wifi_start", esp_wifi_start());
	if (radio.started)
		power_radio_started();
	return radio.started;
}

static bool end_driver(void)
{
	if (radio.driver && !chip_ok("esp_wifi_deinit", esp_wifi_deinit()))
		return false;
	radio.driver = false;
	return true;
}

static bool make_driver(void)
{
	const wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();

	if (radio.driver)
		return true;
	if (!chip_ok("esp_wifi_init", esp_wifi_init(&config)))
		return false;
	radio.driver = true;
	/* What is stored is core/settings.ts's affair. */
	if (!chip_ok("esp_wifi_set_storage", esp_wifi_set_storage(WIFI_STORAGE_RAM))) {
		end_driver();
		return false;
	}
	at_radio_prepare();
	return true;
}

/* What is refused here must not run otherwise than asked: an access point with a password would be an open one. */
static bool configure(unsigned mode)
{
	at_radio_apply_protocol(mode);
	return !(mode & WIFI_ACCESS_POINT) || at_softap_apply();
}

static bool switch_on(unsigned mode)
{
	/* An interface is configured only in a mode that has it: with both, each can have its MAC now, whenever it runs. */
	if (!set_mode(WIFI_STATION | WIFI_ACCESS_POINT))
		return false;
	at_radio_prepare_mac(WIFI_STATION);
	at_radio_prepare_mac(WIFI_ACCESS_POINT);
	radio.mode = mode;
	return set_mode(mode) && configure(mode) && start();
}

/* While it runs, so that the station keeps its access point and the SoftAP its stations. */
static bool change_mode(unsigned mode)
{
	unsigned former = radio.mode, added = mode & ~former;

	if (added && !at_radio_prepare_mac(added))
		return stop() && switch_on(mode);
	if (!set_mode(mode))
		return false;
	if (!configure(added)) {
		set_mode(former);
		return false;
	}
	radio.mode = mode;
	return true;
}

bool at_wifi_pause(void)
{
	return stop();
}

bool at_wifi_resume(void)
{
	return start();
}

bool wifi_radio_start(unsigned mode)
{
	if (!at_events_start())
		return false;
	if (!mode)
		return stop();
	if (!make_driver() || !make_interfaces(mode))
		return false;
	if (!radio.started)
		return switch_on(mode);
	return mode == radio.mode || change_mode(mode);
}

/*
 * The interfaces of the IP stack and the handlers stay: the driver's last events are still on their way to them, and a
 * driver that is made anew finds them again.
 */
bool wifi_radio_release(void)
{
	return stop() && end_driver();
}
