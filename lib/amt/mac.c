/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "siphash.h"
#include "wire.h"

#define NONCE_LEN 4

_Static_assert(MCR_AMT_SECRET_LEN == SIPHASH_KEY_LEN, "the secret is the key");

void
mcr_amt_set_secret(struct mcr_amt_relay *relay, const uint8_t secret[MCR_AMT_SECRET_LEN])
{
	memcpy(relay->secret_before, relay->secret, sizeof(relay->secret));
	memcpy(relay->secret, secret, sizeof(relay->secret));
}

void
amt_make_mac(const uint8_t secret[MCR_AMT_SECRET_LEN], const struct mcr_amt_endpoint *gateway,
	const uint8_t nonce[4], uint8_t mac[WIRE_MAC_LEN])
{
	uint8_t data[MCR_IPV6_ADDRESS_LEN + 2 + NONCE_LEN], len;
	const uint8_t *address = amt_address_bytes(gateway, &len);
	uint64_t hash;

	memcpy(data, address, len);
	mcr_write_be16(data + len, gateway->port);
	memcpy(data + len + 2, nonce, NONCE_LEN);
	hash = siphash(secret, data, len + 2 + NONCE_LEN);
	memcpy(mac, &hash, WIRE_MAC_LEN);
}

/* In constant time, so that no sender finds the MAC octet by octet. */
static bool
is_same_mac(const uint8_t *a, const uint8_t *b)
{
	uint8_t difference = 0;

	for (unsigned int i = 0; i < WIRE_MAC_LEN; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

/* Until the second secret, the previous one is all zeros: none. */
static bool
has_secret(const uint8_t secret[MCR_AMT_SECRET_LEN])
{
	static const uint8_t none[MCR_AMT_SECRET_LEN];

	return memcmp(secret, none, sizeof(none)) != 0;
}

static bool
is_made_with(const uint8_t secret[MCR_AMT_SECRET_LEN], const struct mcr_amt_endpoint *gateway,
	const uint8_t nonce[4], const uint8_t mac[WIRE_MAC_LEN])
{
	uint8_t right[WIRE_MAC_LEN];

	if (!has_secret(secret))
		return false;
	amt_make_mac(secret, gateway, nonce, right);
	return is_same_mac(right, mac);
}

bool
amt_is_our_mac(const struct mcr_amt_relay *relay, const struct mcr_amt_endpoint *gateway,
	const uint8_t nonce[4], const uint8_t mac[WIRE_MAC_LEN])
{
	return is_made_with(relay->secret, gateway, nonce, mac) ||
	       is_made_with(relay->secret_before, gateway, nonce, mac);
}
