#include "src/rules/ufw_profiles.h"

#include <charconv>

#include "src/topology/suggest.h"

namespace natsim::rules {
namespace {

/// REQUIRES: a number or two of them with ':' between, as in the table below.
PortRange range_of(std::string_view text) {
  PortRange range;
  const std::size_t colon = text.find(':');
  std::from_chars(text.data(), text.data() + std::min(colon, text.size()), range.first);
  range.last = range.first;
  if (colon != std::string_view::npos)
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), range.last);
  return range;
}

template <class Each>
void for_each_part(std::string_view text, char separator, Each&& each) {
  for (;;) {
    const std::size_t end = text.find(separator);
    each(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

const std::vector<UfwProfile>& ufw_profiles() {
  static const std::vector<UfwProfile> profiles = {
      {"AIM", "5190"},
      {"Apache", "80/tcp"},
      {"Apache Full", "80,443/tcp"},
      {"Apache Secure", "443/tcp"},
      {"Bind9", "53"},
      {"Bonjour", "5353/udp|5298"},
      {"CIFS", "137,138/udp|139,445/tcp"},
      {"CUPS", "631"},
      {"DNS", "53"},
      {"Deluge", "6881:6891/tcp"},
      {"Dovecot IMAP", "143/tcp"},
      {"Dovecot POP3", "110/tcp"},
      {"Dovecot Secure IMAP", "993/tcp"},
      {"Dovecot Secure POP3", "995/tcp"},
      {"IMAP", "143/tcp"},
      {"IMAPS", "993/tcp"},
      {"IPP", "631"},
      {"KTorrent", "6881/tcp|4444/udp"},
      {"Kerberos Admin", "749/tcp"},
      {"Kerberos Full", "88,749/tcp|464/udp"},
      {"Kerberos KDC", "88"},
      {"Kerberos Password", "464/udp"},
      {"LDAP", "389/tcp"},
      {"LDAPS", "636/tcp"},
      {"LPD", "515/tcp"},
      {"Lighttpd Full", "80,443/tcp"},
      {"Lighttpd HTTP", "80/tcp"},
      {"Lighttpd HTTPS", "443/tcp"},
      {"MSN", "1863|6891:6900/tcp|6901"},
      {"MSN SSL", "443/tcp"},
      {"Mail submission", "587/tcp"},
      {"NFS", "2049,111/tcp|2049,111/udp"},
      {"Nginx Full", "80,443/tcp"},
      {"Nginx HTTP", "80/tcp"},
      {"Nginx HTTPS", "443/tcp"},
      {"OpenSSH", "22/tcp"},
      {"POP3", "110/tcp"},
      {"POP3S", "995/tcp"},
      {"PeopleNearby", "5353/udp|5298"},
      {"Postfix", "25/tcp"},
      {"Postfix SMTPS", "465/tcp"},
      {"Postfix Submission", "587/tcp"},
      {"SMTP", "25/tcp"},
      {"SSH", "22/tcp"},
      {"Samba", "137,138/udp|139,445/tcp"},
      {"Socks", "1080/tcp"},
      {"Squid", "3128/tcp"},
      {"Telnet", "23/tcp"},
      {"Transmission", "51413"},
      {"Transparent Proxy", "8081/tcp"},
      {"VNC", "5900/tcp"},
      {"WWW", "80/tcp"},
      {"WWW Cache", "8080/tcp"},
      {"WWW Full", "80,443/tcp"},
      {"WWW Secure", "443/tcp"},
      {"XMPP", "5222/tcp|5269/tcp"},
      {"Yahoo", "5050"},
      {"qBittorrent", "6881/tcp"},
      {"svnserve", "3690/tcp"},
  };
  return profiles;
}

const UfwProfile* find_ufw_profile(std::string_view name) {
  for (const UfwProfile& profile : ufw_profiles())
    if (topology::edit_distance(profile.name, name, 0) == 0) return &profile;
  return nullptr;
}

std::vector<std::string_view> ufw_profile_names() {
  std::vector<std::string_view> names;
  for (const UfwProfile& profile : ufw_profiles()) names.push_back(profile.name);
  return names;
}

std::vector<UfwProfilePorts> ufw_profile_ports(const UfwProfile& profile) {
  std::vector<UfwProfilePorts> parts;
  for_each_part(profile.ports, '|', [&](std::string_view part) {
    const std::size_t slash = part.find('/');
    UfwProfilePorts& made = parts.emplace_back();
    made.protocol = slash == std::string_view::npos ? "any" : part.substr(slash + 1);
    for_each_part(part.substr(0, slash), ',',
                  [&](std::string_view port) { made.ports.push_back(range_of(port)); });
  });
  return parts;
}

}  // namespace natsim::rules
