#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Called by udhcpc with what the DHCP server said in the environment.
case $1 in
  deconfig) ip address flush dev "$interface" ;;
  bound | renew)
    ip address add "$ip/${mask:-24}" dev "$interface"
    [ -n "$router" ] && ip route replace default via "${router%% *}"
    : >/etc/resolv.conf
    for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
    ;;
esac
