package dev.freshet.subscriber.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The section {@code resp}. */
class RespSettingsTest {

    private static final String[] GOOD = {
        "regions.users.lease-ttl", "10s", "resp.rules.people.pattern", "user:*", "resp.rules.people.region", "users"
    };

    private static SubscriberSettings read(String... namesAndValues) {
        return Configuration.of(namesAndValues).read(SubscriberSettings::read);
    }

    private static String[] good(String... more) {
        String[] all = new String[GOOD.length + more.length];
        System.arraycopy(GOOD, 0, all, 0, GOOD.length);
        System.arraycopy(more, 0, all, GOOD.length, more.length);
        return all;
    }

    @Test
    void withoutTheSectionThereIsNoPort() {
        assertThat(read("regions.users.lease-ttl", "10s").resp()).isNull();
    }

    @Test
    void aRegionOfARuleIsBypassedWhileItIsUnconfirmed() {
        SubscriberSettings settings = read(good("regions.other.lease-ttl", "10s"));
        RegionSettings users = Objects.requireNonNull(settings.regions().get("users"));
        assertThat(users.isFilledByResp()).isTrue();
        assertThat(users.unconfirmedPolicy()).isEqualTo(UnconfirmedPolicy.BYPASS);
        RegionSettings other = Objects.requireNonNull(settings.regions().get("other"));
        assertThat(other.isFilledByResp()).isFalse();
        assertThat(other.unconfirmedPolicy()).isEqualTo(UnconfirmedPolicy.SERVE);
        assertThat(Objects.requireNonNull(settings.resp()).port().port()).isEqualTo(6380);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            resp.rules.people.pattern                | *:1                     | must begin with literal text
            resp.rules.people.pattern                | user:[ab]               | must be literal text
            resp.rules.people.region                 | nobody                  | must name one of the regions
            resp.rules.more.pattern                  | x:*                     | resp.rules.more.region: must be set
            resp.rules.more.region                   | users                   | resp.rules.more.pattern: must be set
            resp.port                                | 70000                   | resp.port: must be
            resp.rules.users.commands                | HGET, LRANGE            | resp.rules.users.commands: must be one of HGET, HGETALL, HMGET, SISMEMBER
            resp.maximum-value                       | 1GiB                    | resp.maximum-value: must be
            resp.tls.certificate                     | cert.pem                | must come with key
            resp.prot                                | 1                       | resp.prot
            redis.uri                                | redis-cluster://a:1     | resp: must not be set, since redis.uri is a Redis Cluster
            regions.users.redis-tier.enabled         | true                    | regions.users.redis-tier: must not be enabled
            regions.users.unleased-stores            | accept                  | regions.users.unleased-stores: must be refuse
            """)
    void aFaultIsNamed(String name, String value, String fault) {
        assertThatThrownBy(() -> read(good(name, value)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(fault);
    }

    @Test
    void aPortWithoutRulesIsAFault() {
        assertThatThrownBy(() -> read("regions.users.lease-ttl", "10s", "resp.port", "1"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("resp.rules: must name at least one rule");
    }
}
