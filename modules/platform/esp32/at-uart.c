/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AT port's UART, on the IDF's driver with its interrupt in IRAM: bytes go on arriving while the flash is busy. The
 * driver's events wake a small task, and that the I/O task.
 */
#include <stdatomic.h>

#include "chip.h"
#include "driver/uart.h"
#include "driver/uart_select.h"
#include "esp_attr.h"
#include "esp_intr_alloc.h"
#include "factory.h"
#include "freertos/task.h"
#include "platform.h"

#if !CONFIG_UART_ISR_IN_IRAM
#error sdkconfig.defaults: CONFIG_UART_ISR_IN_IRAM=y
#endif

#define BAUD_MIN 80
#define BAUD_MAX 5000000

/*
 * Behind the port's ring of 8 KB, this one is for the time in which the I/O task cannot run: the erasure of a flash
 * sector takes 45 ms, in which 921,600 baud bring 4 KB.
 */
#define RECEIVE_RING 4096
#define TRANSMIT_RING 2048
#define EVENT_QUEUE 16

/* Of the 128 bytes of FIFO: from where the interrupt empties it, and from where RTS asks the host to stop. */
#define FIFO_FULL 64
#define FIFO_STOP 100
/* Symbols of quiet after which the interrupt takes what is there: guard times are judged by when bytes are seen. */
#define FIFO_QUIET 2

/*
 * uart_write_bytes() waits, turning, for the room that its ring lacks, and the room that uart_get_tx_buffer_free_size()
 * tells may lie in two pieces: a portion surely fits when room for two of them and the headers is told. Three such
 * portions fit in an empty ring, so one is on its way while the next is put in.
 */
#define PORTION 448
#define PORTION_ROOM (2 * PORTION + 40)

static struct {
	uart_port_t port;
	int tx, rx, cts, rts;
	bool pins_taken;
	uint8_t flow_pins; /* bits as uart_config.flow */
	QueueHandle_t events;
	size_t empty_room; /* what the driver tells of its transmit ring when that is empty */
	atomic_bool open;
	atomic_uint lost;
} uart;

/* Read and written by the interrupt. */
static volatile bool room_wanted;
static uart_event_t room_event = { .type = UART_EVENT_MAX };

/* In the interrupt: a portion has gone from the transmit ring into the FIFO. */
static void IRAM_ATTR notified(uart_port_t port, uart_select_notif_t what, BaseType_t *woken)
{
	(void)port;
	if (what != UART_SELECT_WRITE_NOTIF || !room_wanted)
		return;
	room_wanted = false;
	xQueueSendFromISR(uart.events, &room_event, woken);
}

static void uart_task(void *unused)
{
	(void)unused;
	for (;;) {
		uart_event_t event;

		if (!xQueueReceive(uart.events, &event, portMAX_DELAY))
			continue;
		/* The driver empties the FIFO when it has overrun; it does not tell what was in it, so a full one counts. */
		if (event.type == UART_FIFO_OVF)
			atomic_fetch_add(&uart.lost, UART_HW_FIFO_LEN(uart.port));
		platform_wake_io();
	}
}

/* --- configuration --- */

static uart_parity_t parity_of(uint8_t parity)
{
	static const uart_parity_t parities[] = { UART_PARITY_DISABLE, UART_PARITY_ODD, UART_PARITY_EVEN };

	return parities[parity];
}

static bool is_valid(const uart_config *config)
{
	return config->baud >= BAUD_MIN && config->baud <= BAUD_MAX && config->data_bits >= 5 && config->data_bits <= 8 &&
	       config->stop_bits >= 1 && config->stop_bits <= 3 && config->parity <= PLATFORM_PARITY_EVEN;
}

/*
 * RTS and CTS take their pins when they are first asked for, so that a port without flow control leaves them free. None
 * is taken twice: the driver releases it first, and the host would see that on the line.
 */
static bool take_pins(uint8_t flow)
{
	uint8_t more = flow & (uint8_t)~uart.flow_pins;
	int tx = uart.pins_taken ? UART_PIN_NO_CHANGE : uart.tx;
	int rx = uart.pins_taken ? UART_PIN_NO_CHANGE : uart.rx;
	int rts = more & UART_HW_FLOWCTRL_RTS ? uart.rts : UART_PIN_NO_CHANGE;
	int cts = more & UART_HW_FLOWCTRL_CTS ? uart.cts : UART_PIN_NO_CHANGE;

	if (uart.pins_taken && !more)
		return true;
	if (!chip_ok("uart_set_pin", uart_set_pin(uart.port, tx, rx, rts, cts)))
		return false;
	uart.pins_taken = true;
	uart.flow_pins |= more;
	return true;
}

/* The directions of flow control that this module has a pin for. */
static uint8_t flow_of(const uart_config *config)
{
	uint8_t possible =
		(uint8_t)((uart.rts >= 0 ? UART_HW_FLOWCTRL_RTS : 0) | (uart.cts >= 0 ? UART_HW_FLOWCTRL_CTS : 0));

	return config->flow & possible;
}

/* Piece by piece: uart_param_config() would throw away what is in the FIFOs. */
static bool set(const uart_config *config)
{
	uint8_t flow = flow_of(config);

	return is_valid(config) && take_pins(flow) &&
	       chip_ok("uart_set_baudrate", uart_set_baudrate(uart.port, config->baud)) &&
	       chip_ok("uart_set_word_length",
	               uart_set_word_length(uart.port, (uart_word_length_t)(UART_DATA_5_BITS + config->data_bits - 5))) &&
	       chip_ok("uart_set_stop_bits", uart_set_stop_bits(uart.port, (uart_stop_bits_t)config->stop_bits)) &&
	       chip_ok("uart_set_parity", uart_set_parity(uart.port, parity_of(config->parity))) &&
	       chip_ok("uart_set_hw_flow_ctrl", uart_set_hw_flow_ctrl(uart.port, (uart_hw_flowcontrol_t)flow, FIFO_STOP));
}

static bool get(const uart_config *wanted, uart_config *real)
{
	*real = *wanted;
	real->flow = flow_of(wanted);
	return chip_ok("uart_get_baudrate", uart_get_baudrate(uart.port, &real->baud));
}

bool platform_uart_configure(const uart_config *wanted, uart_config *real)
{
	return atomic_load(&uart.open) && set(wanted) && get(wanted, real);
}

/* --- opening --- */

static bool install(const uart_config *config)
{
	const uart_config_t initial = {
		.baud_rate = (int)config->baud,
		.data_bits = UART_DATA_8_BITS,
		.parity = UART_PARITY_DISABLE,
		.stop_bits = UART_STOP_BITS_1,
		.flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
		.source_clk = UART_SCLK_DEFAULT, /* APB, 80 MHz: 77 to 5,000,000 baud */
	};

	if (!chip_ok("uart_driver_install", uart_driver_install(uart.port, RECEIVE_RING, TRANSMIT_RING, EVENT_QUEUE,
	                                                        &uart.events, ESP_INTR_FLAG_IRAM)) ||
	    !chip_ok("uart_param_config", uart_param_config(uart.port, &initial)) || !set(config) ||
	    !chip_ok("uart_set_rx_full_threshold", uart_set_rx_full_threshold(uart.port, FIFO_FULL)) ||
	    !chip_ok("uart_set_rx_timeout", uart_set_rx_timeout(uart.port, FIFO_QUIET)) ||
	    !chip_ok("uart_get_tx_buffer_free_size", uart_get_tx_buffer_free_size(uart.port, &uart.empty_room)))
		return false;
	uart_set_select_notif_callback(uart.port, notified);
	return xTaskCreate(uart_task, "uart", CHIP_UART_STACK, NULL, CHIP_UART_PRIORITY, NULL) == pdPASS;
}

bool platform_uart_open(const uart_config *wanted, uart_config *real)
{
	/* For a stored configuration that cannot be had: a port at another rate than wanted can be set right, none cannot.
	 */
	static const uart_config safe = { .baud = 115200, .data_bits = 8, .stop_bits = 1 };
	const uart_config *used = is_valid(wanted) ? wanted : &safe;

	if (atomic_load(&uart.open))
		return false;
	uart.port = (uart_port_t)factory_integer("uart_port", UART_NUM_1);
	uart.tx = (int)factory_integer("uart_tx_pin", 17);
	uart.rx = (int)factory_integer("uart_rx_pin", 21);
	uart.cts = (int)factory_integer("uart_cts_pin", 20);
	uart.rts = (int)factory_integer("uart_rts_pin", 19);
	if (!install(used))
		return false;
	atomic_store(&uart.open, true);
	platform_wake_io();
	return get(used, real) && used == wanted;
}

/* --- bytes --- */

size_t platform_uart_read(void *buffer, size_t size)
{
	int got;

	if (!size || !atomic_load(&uart.open))
		return 0;
	got = uart_read_bytes(uart.port, buffer, (uint32_t)size, 0);
	return got > 0 ? (size_t)got : 0;
}

static bool has_room(void)
{
	size_t room;

	return uart_get_tx_buffer_free_size(uart.port, &room) == ESP_OK && room >= PORTION_ROOM;
}

size_t platform_uart_write(const void *buffer, size_t size)
{
	int sent;

	if (!size || !atomic_load(&uart.open))
		return 0;
	if (!has_room()) {
		room_wanted = true;
		/* It may have come between the look and the wish. */
		if (!has_room())
			return 0;
	}
	sent = uart_write_bytes(uart.port, buffer, size < PORTION ? size : PORTION);
	return sent > 0 ? (size_t)sent : 0;
}

bool platform_uart_idle(void)
{
	size_t room;

	if (!atomic_load(&uart.open))
		return true;
	return uart_get_tx_buffer_free_size(uart.port, &room) == ESP_OK && room >= uart.empty_room &&
	       uart_wait_tx_done(uart.port, 0) == ESP_OK;
}

uint32_t platform_uart_capacity(void)
{
	return TRANSMIT_RING + (uint32_t)UART_HW_FIFO_LEN(uart.port);
}

int platform_uart_fd(void)
{
	return -1;
}

/* Its task wakes the I/O task for every byte. */
uint32_t platform_uart_due(bool exact)
{
	(void)exact;
	return UINT32_MAX;
}

uint32_t platform_uart_lost(void)
{
	return atomic_load(&uart.lost);
}
