"""The router that both the Linux kernel and natsim play: three legs, static neighbours.

     lan0 192.168.1.1/24   dmz0 172.16.5.1/24 (MTU 1280)   wan0 203.0.113.1/24, .2, .3
     default route by 203.0.113.254; no process listens; no ICMP rate limit, no redirects
"""

# A leg's name, its interface, the router's MAC address, the far end's, the MTU.
LEGS = {
    "lan": ("lan0", "02:00:00:00:01:01", "02:00:00:00:01:10", 1500),
    "dmz": ("dmz0", "02:00:00:00:02:01", "02:00:00:00:02:10", 1280),
    "wan": ("wan0", "02:00:00:00:03:01", "02:00:00:00:03:10", 1500),
}
ADDRESSES = {
    "lan": ["192.168.1.1"],
    "dmz": ["172.16.5.1"],
    "wan": ["203.0.113.1", "203.0.113.2", "203.0.113.3"],
}
GATEWAY = "203.0.113.254"

# All who can be spoken to on each leg: enough for NETMAP to a /29 that begins at .8.
NEIGHBORS = {
    "lan": [f"192.168.1.{host}" for host in [*range(8, 16), 77]],
    "dmz": [f"172.16.5.{host}" for host in [*range(8, 16), 20]],
    "wan": [f"203.0.113.{host}" for host in [*range(8, 16), 50, 80, 254]],
}


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))
