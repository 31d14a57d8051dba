/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>
#include <rte_ethdev.h>

#include "infra/driver_rules.h"

/* A virtual device that offers more queues creates them on request. */
#define MOST_GIVEN 32

/* With ports in the hash, fragments of one datagram reach different queues, and a flow of whole and
 * fragmented datagrams loses its order. */
#define RSS_OVER_ADDRESSES \
	(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_OTHER)

/* Likewise of IPv6, where a port has it. Drivers that hash addresses of IPv4 alone do so of IPv6;
 * what a device does not offer stays in the first queue. Not RTE_ETH_RSS_IPV6_EX: with it Intel's
 * devices take an address out of extension headers, which later fragments lack. */
#define RSS_OVER_ADDRESSES_OF_IPV6 \
	(RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER)

#define PORTS_ONLY "spreads UDP by port numbers only, which fragments lack"
#define ITS_OWN_WAY "does not let the hub choose what it spreads packets by"
#define PEER_UNKNOWN "does not report how many queues its peer has"
#define NO_RSS "offers no RSS over IPv4 addresses"

/* Drivers with a rule, and drivers of clouds without one, as read in DPDK 22.11.11. Differences of
 * 24.11 are noted. */
/* clang-format off */
static const struct mcr_driver table[] = {
	/* virtio_ethdev.c: virtio_dev_start() enables max(rx, tx) pairs, and the host steers into
	 * each of them. With VIRTIO_NET_F_RSS, virtio_dev_rss_init() spreads over the RX queues. */
	{.name = "net_virtio", .spread = MCR_SPREAD_HOST, .is_paired = true},
	{.name = "net_virtio_user", .spread = MCR_SPREAD_HOST, .is_paired = true},
	/* rte_eth_tap.c: tap_dev_configure() refuses rx != tx. The kernel spreads (tun.c:
	 * tun_select_queue()); the RSS on offer works in rte_flow rules only. tap_flow.c: rules of
	 * the kernel's traffic control choose the queue; other frames are spread over all. */
	{.name = "net_tap", .spread = MCR_SPREAD_HOST, .is_paired = true, .has_flow_rules = true},
	{.name = "net_tun", .spread = MCR_SPREAD_HOST, .is_paired = true},
	/* mana.c: mana_dev_configure() refuses rx != tx and numbers that are no power of two; rx.c:
	 * mana_start_rx_queues() hashes by rss_hf. */
	{.name = "net_mana", .spread = MCR_SPREAD_NIC, .is_paired = true, .is_power_of_two = true},
	/* hn_ethdev.c: hn_dev_configure() opens max(rx, tx) subchannels; hn_vf.c: hn_vf_configure()
	 * passes both numbers to the VF, which may be MANA's. */
	{.name = "net_netvsc", .spread = MCR_SPREAD_NIC, .is_paired = true, .is_power_of_two = true},
	/* failsafe_ops.c: fs_dev_configure() passes both numbers to a VF and a tap. */
	{.name = "net_failsafe", .spread = MCR_SPREAD_NIC, .is_paired = true, .is_power_of_two = true},
	/* rte_eth_bond_pmd.c: slave_configure() passes both numbers to the bonded devices. */
	{.name = "net_bonding", .spread = MCR_SPREAD_NIC, .is_paired = true, .is_power_of_two = true},
	/* vmxnet3_ethdev.c: vmxnet3_dev_configure(), before version 6 of the device. */
	{.name = "net_vmxnet3", .spread = MCR_SPREAD_NIC, .is_power_of_two = true},
	/* ena_ethdev.h: ENA_ALL_RSS_HF has TCP and UDP only, with ports; not IPv4. */
	{.name = "net_ena", .spread = MCR_SPREAD_FIRST, .reason = PORTS_ONLY},
	/* gve_ethdev.c offers no RSS; in 24.11 gve_dev_configure() passes no hash types on. */
	{.name = "net_gve", .spread = MCR_SPREAD_FIRST, .reason = ITS_OWN_WAY},
	/* idpf_ethdev.c: idpf_init_rss() sets IDPF_DEFAULT_RSS_HASH_EXPANDED, ignoring rss_hf. */
	{.name = "net_idpf", .spread = MCR_SPREAD_FIRST, .reason = ITS_OWN_WAY},
	/* i40e_ethdev.c: i40e_get_default_input_set() hashes ports of UDP and only addresses of
	 * fragments. With rss_hf of fragments and "other" alone, UDP stays in the first queue, but
	 * its fragments reach others. i40e_hash.c: i40e_hash_get_inset() drops ports in a flow rule
	 * that hashes one of the two addresses; nothing promises that all types then hash alike.
	 * i40e_flow.c takes ARP as an Ethernet type and the protocol of other IPv4; without RSS
	 * i40e_pf_config_rss() leaves the rest in the first queue. */
	{.name = "net_i40e", .spread = MCR_SPREAD_FIRST, .has_flow_rules = true, .reason = PORTS_ONLY},
	/* iavf_ethdev.c: iavf_config_rss_hf() turns RTE_ETH_RSS_IPV4 into UDP with ports if the PF
	 * lacks VIRTCHNL_VF_OFFLOAD_ADV_RSS_PF (i40e), which the driver does not report.
	 * iavf_dev_configure(): more than IAVF_MAX_NUM_QUEUES_DFLT need a PF that grants them. */
	{.name = "net_iavf", .spread = MCR_SPREAD_FIRST, .max_tx = 16, .reason = ITS_OWN_WAY},
	/* ice_ethdev.c: ice_rss_hash_set(): RTE_ETH_RSS_IPV4 hashes addresses of all IPv4; without
	 * it the hash is 0, the first queue. ice_switch_filter.c: Ethernet type, IPv4 protocol */
	{.name = "net_ice", .spread = MCR_SPREAD_NIC, .has_flow_rules = true},
	/* ixgbe_ethdev.c: ixgbe_check_vf_rss_rxq_num(), with VFs: 1, 2 or 4. */
	{.name = "net_ixgbe", .spread = MCR_SPREAD_NIC, .is_power_of_two = true},
	/* ixgbe_rxtx.c: ixgbevf_dev_rx_init() */
	{.name = "net_ixgbe_vf", .spread = MCR_SPREAD_NIC, .is_power_of_two = true},
	/* igb_rxtx.c: igb_hw_rss_hash_set() */
	{.name = "net_e1000_igb", .spread = MCR_SPREAD_NIC},
	/* igb_ethdev.c: eth_igbvf_infos_get() offers no RSS. */
	{.name = "net_e1000_igb_vf", .spread = MCR_SPREAD_FIRST, .reason = NO_RSS},
	/* em_ethdev.c: eth_em_infos_get(): two queues, and no RSS */
	{.name = "net_e1000_em", .spread = MCR_SPREAD_FIRST, .reason = NO_RSS},
	/* igc_txrx.c: igc_hw_rss_hash_set() */
	{.name = "net_igc", .spread = MCR_SPREAD_NIC},
	/* bnxt_vnic.c: bnxt_rte_to_hwrm_hash_types() */
	{.name = "net_bnxt", .spread = MCR_SPREAD_NIC},
	/* mlx5_ethdev.c: mlx5_dev_configure() keeps rss_hf for mlx5_traffic_enable(). mlx5_flow.c:
	 * mlx5_ctrl_flow_vlan() spreads what no rule takes, of lowest priority. */
	{.name = "mlx5_pci", .spread = MCR_SPREAD_NIC, .has_flow_rules = true},
	/* mlx4_flow.c: mlx4_flow_internal(): queues beyond a power of two get nothing. */
	{.name = "net_mlx4", .spread = MCR_SPREAD_NIC, .is_power_of_two = true},
	/* enic_res.c: enic_get_vnic_config() */
	{.name = "net_enic", .spread = MCR_SPREAD_NIC},
	/* rte_eth_af_xdp.c: eth_dev_configure() refuses rx != tx; one socket a queue of the NIC. */
	{.name = "net_af_xdp", .spread = MCR_SPREAD_GIVEN, .is_paired = true},
	/* rte_eth_af_packet.c: rte_pmd_init_internals() makes one fanout group of all sockets. */
	{.name = "net_af_packet", .spread = MCR_SPREAD_GIVEN},
	/* pcap_ethdev.c: eth_dev_info(): a queue for each interface or file */
	{.name = "net_pcap", .spread = MCR_SPREAD_GIVEN},
	/* rte_eth_ring.c: do_eth_dev_ring_create(): a queue for each ring of the peer */
	{.name = "net_ring", .spread = MCR_SPREAD_GIVEN},
	/* rte_eth_vhost.c: update_queuing_status(): the guest may enable fewer pairs than there
	 * are; a disabled pair takes no frames. */
	{.name = "net_vhost", .spread = MCR_SPREAD_GIVEN, .max_tx = 1},
	/* rte_eth_memif.c: memif_dev_info() reports 255; memif_socket.c uses the lower number of
	 * both sides. */
	{.name = "net_memif", .spread = MCR_SPREAD_FIRST, .max_tx = 1, .reason = PEER_UNKNOWN},
	/* rte_eth_null.c: eth_dev_info(): 1024 queues, which all receive made-up frames */
	{.name = "net_null", .spread = MCR_SPREAD_NIC},
};
/* clang-format on */

const struct mcr_driver *
mcr_driver_table(size_t *count)
{
	*count = RTE_DIM(table);
	return table;
}

const struct mcr_driver *
mcr_driver_find(const char *name)
{
	for (size_t i = 0; i < RTE_DIM(table); i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

/* Rules of a driver without a row. */
static struct mcr_driver
guess_driver(const struct mcr_device_offer *offer)
{
	struct mcr_driver driver = {
		.name = offer->driver,
		.spread = MCR_SPREAD_FIRST,
		.reason = NO_RSS,
	};

	if ((offer->rss & RTE_ETH_RSS_IPV4) != 0)
		driver.spread = MCR_SPREAD_NIC;
	else if ((offer->rss & RTE_ETH_RSS_NONFRAG_IPV4_UDP) != 0)
		driver.reason = PORTS_ONLY;
	else if (offer->is_virtual && offer->max_rx <= MOST_GIVEN)
		driver.spread = MCR_SPREAD_GIVEN;
	return driver;
}

/* A device may lack the RSS that its row promises. */
static enum mcr_spread
spread_of(const struct mcr_driver *driver, const struct mcr_device_offer *offer)
{
	return driver->spread == MCR_SPREAD_NIC && (offer->rss & RTE_ETH_RSS_IPV4) == 0
	               ? MCR_SPREAD_FIRST
	               : driver->spread;
}

static struct mcr_queue_rules
make_rules(const struct mcr_driver *driver, const struct mcr_device_offer *offer,
	enum mcr_spread spread)
{
	uint16_t max_rx = RTE_MAX(offer->max_rx, 1), max_tx = RTE_MAX(offer->max_tx, 1);

	if (driver->max_tx != 0)
		max_tx = RTE_MIN(max_tx, driver->max_tx);
	if (driver->is_paired)
		max_rx = max_tx = RTE_MIN(max_rx, max_tx);
	if (driver->is_power_of_two)
		max_rx = rte_align32prevpow2(max_rx);
	return (struct mcr_queue_rules){
		.max_rx = spread == MCR_SPREAD_FIRST ? 1 : max_rx,
		.max_rx_with_punt = driver->has_flow_rules ? max_rx : 0,
		.max_tx = driver->is_paired ? max_rx : max_tx,
		.needs_all_rx = spread == MCR_SPREAD_GIVEN,
		.is_paired = driver->is_paired,
		.is_power_of_two = driver->is_power_of_two,
	};
}

static uint64_t
choose_rss(const struct mcr_device_offer *offer, enum mcr_spread spread)
{
	uint64_t wanted = RSS_OVER_ADDRESSES;

	if (spread != MCR_SPREAD_NIC && spread != MCR_SPREAD_HOST)
		return 0;
	if (offer->has_ipv6)
		wanted |= RSS_OVER_ADDRESSES_OF_IPV6;
	return offer->rss & wanted;
}

struct mcr_driver_verdict
mcr_driver_judge(const struct mcr_device_offer *offer)
{
	const struct mcr_driver *row = mcr_driver_find(offer->driver);
	const struct mcr_driver driver = row != NULL ? *row : guess_driver(offer);
	const enum mcr_spread spread = spread_of(&driver, offer);

	return (struct mcr_driver_verdict){
		.queues = make_rules(&driver, offer, spread),
		.rss = choose_rss(offer, spread),
		.reason = spread != MCR_SPREAD_FIRST || offer->max_rx <= 1 ? NULL
	                  : driver.reason != NULL                          ? driver.reason
	                                                                   : NO_RSS,
	};
}

struct mcr_queue_count
mcr_driver_count_queues(const struct mcr_queue_rules *rules, uint16_t rx_lcores, uint16_t tx_lcores)
{
	struct mcr_queue_count count = {.rx = rules->max_rx, .tx = tx_lcores};

	RTE_ASSERT(tx_lcores <= rules->max_tx);
	if (!rules->needs_all_rx)
		count.rx = RTE_MIN(count.rx, rx_lcores);
	if (rules->is_paired)
		count.rx = RTE_MAX(count.rx, tx_lcores);
	if (rules->is_power_of_two)
		count.rx = rte_align32pow2(count.rx);
	count.has_punt = count.rx < rules->max_rx_with_punt;
	count.rx += count.has_punt;
	if (rules->is_paired)
		count.tx = count.rx;
	RTE_ASSERT(count.rx != 0 && count.tx >= tx_lcores);
	return count;
}
