// The names of ports. A list of our own: a file of rules means the same on every machine.
#include <utility>

#include "src/rules/values.h"

namespace natsim::rules {
namespace {

using Service = std::pair<std::string_view, std::uint16_t>;

// From /etc/services, what rules are written about.
constexpr Service kServices[] = {
    {"tcpmux", 1},
    {"echo", 7},
    {"discard", 9},
    {"systat", 11},
    {"daytime", 13},
    {"netstat", 15},
    {"qotd", 17},
    {"chargen", 19},
    {"ftp-data", 20},
    {"ftp", 21},
    {"ssh", 22},
    {"telnet", 23},
    {"smtp", 25},
    {"mail", 25},
    {"time", 37},
    {"whois", 43},
    {"tacacs", 49},
    {"domain", 53},
    {"bootps", 67},
    {"bootpc", 68},
    {"tftp", 69},
    {"gopher", 70},
    {"finger", 79},
    {"http", 80},
    {"www", 80},
    {"kerberos", 88},
    {"iso-tsap", 102},
    {"pop3", 110},
    {"sunrpc", 111},
    {"auth", 113},
    {"nntp", 119},
    {"ntp", 123},
    {"epmap", 135},
    {"netbios-ns", 137},
    {"netbios-dgm", 138},
    {"netbios-ssn", 139},
    {"imap2", 143},
    {"imap", 143},
    {"snmp", 161},
    {"snmp-trap", 162},
    {"bgp", 179},
    {"irc", 194},
    {"ldap", 389},
    {"https", 443},
    {"microsoft-ds", 445},
    {"kpasswd", 464},
    {"submissions", 465},
    {"isakmp", 500},
    {"exec", 512},
    {"login", 513},
    {"who", 513},
    {"shell", 514},
    {"syslog", 514},
    {"printer", 515},
    {"route", 520},
    {"uucp", 540},
    {"klogin", 543},
    {"rtsp", 554},
    {"nntps", 563},
    {"submission", 587},
    {"ipp", 631},
    {"ldaps", 636},
    {"domain-s", 853},
    {"rsync", 873},
    {"ftps-data", 989},
    {"ftps", 990},
    {"telnets", 992},
    {"imaps", 993},
    {"pop3s", 995},
    {"socks", 1080},
    {"openvpn", 1194},
    {"ms-sql-s", 1433},
    {"ms-sql-m", 1434},
    {"l2f", 1701},
    {"l2tp", 1701},
    {"radius", 1812},
    {"radius-acct", 1813},
    {"nfs", 2049},
    {"iscsi-target", 3260},
    {"mysql", 3306},
    {"nut", 3493},
    {"svn", 3690},
    {"ipsec-nat-t", 4500},
    {"sip", 5060},
    {"sip-tls", 5061},
    {"xmpp-client", 5222},
    {"xmpp-server", 5269},
    {"mdns", 5353},
    {"postgresql", 5432},
    {"amqps", 5671},
    {"amqp", 5672},
    {"x11", 6000},
    {"redis", 6379},
    {"ircd", 6667},
    {"ircs-u", 6697},
    {"http-alt", 8080},
    {"bacula-dir", 9101},
    {"git", 9418},
    {"zabbix-agent", 10050},
    {"webmin", 10000},
};

}  // namespace

std::optional<std::uint16_t> service_port(std::string_view name) {
  for (const auto& [known, port] : kServices)
    if (known == name) return port;
  return std::nullopt;
}

std::vector<std::string_view> service_names() {
  std::vector<std::string_view> names;
  for (const auto& [known, port] : kServices) names.push_back(known);
  return names;
}

}  // namespace natsim::rules
