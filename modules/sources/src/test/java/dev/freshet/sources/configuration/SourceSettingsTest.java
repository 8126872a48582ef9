package dev.freshet.sources.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.source.KeyspaceFeedConfig;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import dev.freshet.sources.ChannelConfig;
import dev.freshet.sources.Database;
import dev.freshet.sources.KeyspaceConfig;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceConfig.Kind;
import dev.freshet.sources.TrackingConfig;
import dev.freshet.sources.rules.Rule;
import dev.freshet.sources.rules.TableName;
import dev.freshet.sources.rules.Template;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SourceSettingsTest {

    private static final Set<Kind> ALL = EnumSet.allOf(Kind.class);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void aFileIsReadWhole() throws IOException {
        List<SourceConfig> sources = read("""
                sources:
                  events:
                    kind: outbox
                    uri: jdbc:sqlite:/data/shop.db
                    table: shop.outbox
                    poll-interval: 50ms
                    batch: 7
                  shop-db:
                    kind: postgresql
                    uri: jdbc:postgresql://db:5432/shop
                    user: freshet
                    password: hunter2
                    rules:
                      products:
                        table: products
                        region: products
                        keys: ["product:{id}"]
                        tags: ["category:{category_id}"]
                      categories: { table: sales.categories, region: products, tags: "category:{id}", prefixes: "c:{id}:" }
                      prices: { table: prices, region: prices, all: true }
                """);

        assertThat(sources).extracting(SourceConfig::name).containsExactly("events", "shop-db");
        SourceConfig outbox = sources.get(0);
        assertThat(outbox.table()).isEqualTo("shop.outbox");
        assertThat(outbox.pollInterval()).isEqualTo(Duration.ofMillis(50));
        assertThat(outbox.batch()).isEqualTo(7);
        SourceConfig shop = sources.get(1);
        assertThat(shop.database()).isEqualTo(new Database("jdbc:postgresql://db:5432/shop", "freshet", "hunter2"));
        assertThat(shop.slot()).isEqualTo("freshet_shop_db");
        assertThat(shop.publication()).isEqualTo("freshet_shop_db");
        assertThat(shop.rules().rules())
                .extracting(Rule::table)
                .containsExactly(
                        new TableName("public", "products"),
                        new TableName("sales", "categories"),
                        new TableName("public", "prices"));
        assertThat(shop.rules().rules().get(1).prefixes())
                .extracting(Template::toString)
                .containsExactly("c:{id}:");
        assertThat(shop.rules().rules().get(2).all()).isTrue();
        assertThat(shop.toString()).doesNotContain("hunter2");
    }

    @Test
    void aTableAloneIsOneOfTheDatabaseThatTheAddressNames() throws IOException {
        String rule = "rules: { products: { table: products, region: products, all: true } }";
        SourceConfig named =
                read("sources: { shop: { kind: mariadb, uri: \"jdbc:mariadb://db:3306/shop?sslMode=trust\", " + rule
                                + " } }")
                        .get(0);
        assertThat(named.rules().tables()).containsExactly(new TableName("shop", "products"));

        assertThatThrownBy(() ->
                        read("sources: { shop: { kind: mariadb, uri: \"jdbc:mariadb://db\", slot: a, " + rule + " } }"))
                .message()
                .contains(
                        "sources.shop.rules.products.table: must be database.table, since the source's uri names no"
                                + " database",
                        "sources.shop.slot: is only for PostgreSQL; remove it");
    }

    @Test
    void everyFaultIsNamed() {
        assertThatThrownBy(() -> read("""
                        sources:
                          shop:
                            kind: postgresql
                            uri: jdbc:mariadb://db/shop?password=hunter2
                            table: x
                            rules:
                              products: { table: a.b.c, region: Products, keys: ["product:{id"] }
                              empty: { table: t, region: r }
                          nothing: {}
                        """))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .contains(
                        "sources.shop.uri: must begin with jdbc:postgresql: for this kind",
                        "sources.shop.table: is only for an outbox; remove it",
                        "sources.shop.rules.products.table: must be a table or schema.table, not \"a.b.c\"",
                        "sources.shop.rules.products.region: must match",
                        "sources.shop.rules.products.keys[0]: must be a template like product:{id}, but"
                                + " \"product:{id\" does not close the brace at character 9",
                        "sources.shop.rules.empty.keys: must be given, or tags, prefixes or all",
                        "sources.nothing.kind: must be given",
                        "sources.nothing.uri: must be given")
                .doesNotContain("hunter2");
    }

    @Test
    void keysOfRedisAreFollowedAsConfigured() throws IOException {
        SourceConfig redis = read("""
                sources:
                  cache:
                    kind: redis-keyspace
                    uri: redis://:hunter2@shop/2
                    events: [evicted, del]
                    notifications: check
                    tiers: [sessions]
                    maximum-pending: 7
                    rules:
                      products: { pattern: "product:{id}:*", region: products, keys: ["{key}", "p:{id}"] }
                """).get(0);
        KeyspaceConfig keyspace = Objects.requireNonNull(redis.keyspace());
        assertThat(keyspace.redis()).isEqualTo(RedisConfig.of("redis://:hunter2@shop/2"));
        assertThat(keyspace.events()).containsExactly("evicted", "del");
        assertThat(keyspace.heardEvents()).containsExactly("evicted", "del", "expired");
        assertThat(keyspace.notifications()).isEqualTo(KeyspaceFeedConfig.Notifications.CHECK);
        assertThat(keyspace.tiers()).containsExactly("sessions");
        assertThat(keyspace.maximumPending()).isEqualTo(7);
        assertThat(keyspace.patterns().get("products")).hasToString("product:{id}:*");
        assertThat(redis.rules().regions()).containsExactly("products");
        assertThat(redis.toString()).doesNotContain("hunter2");

        KeyspaceConfig least =
                Objects.requireNonNull(read("sources: { s: { kind: redis-keyspace, tiers: [sessions] } }")
                        .get(0)
                        .keyspace());
        assertThat(least.redis()).as("the publisher's own").isNull();
        assertThat(least.heardEvents()).containsExactly("expired", "evicted");
        assertThat(least.notifications()).isEqualTo(KeyspaceFeedConfig.Notifications.SET);
        assertThat(least.maximumPending()).isEqualTo(100_000);
    }

    @Test
    void everyFaultOfAKeyspaceSourceIsNamed() {
        assertThatThrownBy(() -> read("""
                        sources:
                          cache:
                            kind: redis-keyspace
                            uri: jdbc:postgresql://:hunter2@db/shop
                            user: me
                            slot: mine
                            events: [Expired]
                            tiers: [Sessions]
                            rules:
                              a: { pattern: "product:{id}", region: r, keys: ["{id}:{color}"] }
                              b: { pattern: "{x}{y}", region: r, all: true }
                              c: { table: t, region: r, all: true }
                          empty: { kind: redis-keyspace }
                          box: { kind: outbox, uri: "jdbc:sqlite:x", tiers: [r] }
                          db:
                            kind: postgresql
                            uri: jdbc:postgresql://db/shop
                            rules: { p: { table: t, pattern: "x", region: r, all: true } }
                        """))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .contains(
                        "sources.cache.uri: must be",
                        "sources.cache.user: is only for a database; remove it",
                        "sources.cache.slot: is only for PostgreSQL; remove it",
                        "sources.cache.events[0]: must be an event of Redis",
                        "sources.cache.tiers[0]: must match",
                        "sources.cache.rules.a.keys: must use names of the pattern product:{id} (id, key), but {id}:{color} uses color",
                        "sources.cache.rules.b.pattern: must be a pattern like product:{id}",
                        "sources.cache.rules.c.pattern: must be given",
                        "sources.cache.rules.c.table: is only for a database; remove it",
                        "sources.empty.rules: must name at least one rule (what a key invalidates), unless tiers",
                        "sources.box.tiers: is only for redis-keyspace; remove it",
                        "sources.db.rules.p.pattern: is only for redis-keyspace and redis-tracking; remove it")
                .doesNotContain("hunter2");
    }

    @Test
    void keysThatRedisTracksAreThoseOfTheRules() throws IOException {
        SourceConfig redis = read("""
                sources:
                  cache:
                    kind: redis-tracking
                    uri: redis://:hunter2@shop/2
                    maximum-pending: 7
                    rules:
                      products: { pattern: "product:{id}:*", region: products, keys: ["{key}", "p:{id}"] }
                      any: { pattern: "*", region: any, all: true }
                """).get(0);
        TrackingConfig tracking = Objects.requireNonNull(redis.tracking());
        assertThat(tracking.redis()).isEqualTo(RedisConfig.of("redis://:hunter2@shop/2"));
        assertThat(tracking.prefixes()).containsExactly("product:", "");
        assertThat(tracking.maximumPending()).isEqualTo(7);
        assertThat(redis.keyspace()).isNull();
        assertThatThrownBy(() -> read("""
                        sources:
                          cache: { kind: redis-tracking, events: [del], relay: { r: { region: r } } }
                        """))
                .message()
                .contains(
                        "sources.cache.rules: must name at least one rule: what a changed key invalidates",
                        "sources.cache.events: is only for redis-keyspace; remove it",
                        "sources.cache.relay: is only for redis-channel; remove it");
    }

    @Test
    void messagesAreReadAsConfigured() throws IOException {
        SourceConfig redis = read("""
                sources:
                  old:
                    kind: redis-channel
                    on-gap: ignore
                    rules:
                      a: { channel: "user:{id}", message: "{how}", region: users, keys: ["{id}:{how}:{channel}:{message}"] }
                      b: { channel: many, separator: ";", region: users, keys: ["{message}"] }
                      c: { channel: events, json: ["id=/a/id", "x=/x~1y"], when: "/type=user", region: users, keys: ["{id}{x}"] }
                    relay:
                      users: { region: users, keys: "user:{id}", channel: "user:{id}", message: "{key}" }
                      all: { region: users, all: true, channel: flush, message: users }
                """).get(0);
        ChannelConfig channel = Objects.requireNonNull(redis.channel());
        assertThat(channel.redis()).as("the publisher's own").isNull();
        assertThat(channel.onGap()).isEqualTo(ChannelConfig.OnGap.IGNORE);
        assertThat(channel.formats()).containsOnlyKeys("a", "b", "c");
        ChannelConfig.Format json = Objects.requireNonNull(channel.formats().get("c"));
        assertThat(json.json()).containsOnly(Map.entry("id", "/a/id"), Map.entry("x", "/x~1y"));
        assertThat(json.when()).containsOnly(Map.entry("/type", "user"));
        assertThat(channel.relays()).hasSize(2);
    }

    @Test
    void everyFaultOfAChannelSourceIsNamed() {
        assertThatThrownBy(() -> read("""
                        sources:
                          old:
                            kind: redis-channel
                            on-gap: maybe
                            rules:
                              a: { channel: "user:{id}", message: "{id}", region: r, keys: ["{name}"] }
                              b: { channel: "{channel}", region: r, all: true }
                              c: { pattern: x, region: r, all: true }
                              d: { channel: c, json: ["/id"], when: ["type=user"], region: r, all: true }
                              e: { channel: c, json: ["id=/id"], separator: ",", region: r, keys: ["{id}"] }
                            relay:
                              a: { region: r, keys: "user:{id}", all: true, channel: c, message: m }
                              b: { region: r, keys: "user:{id}", channel: c, message: "{name}" }
                              c: { keys: "x" }
                          empty: { kind: redis-channel }
                          db:
                            kind: postgresql
                            uri: jdbc:postgresql://db/shop
                            on-gap: ignore
                            rules: { p: { table: t, channel: "x", region: r, all: true } }
                        """))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .contains(
                        "sources.old.on-gap: must be invalidate or ignore, not \"maybe\"",
                        "sources.old.rules.a.message: must not give the name id, which another setting of the rule gives",
                        "sources.old.rules.a.keys: must use names of channel, message and json (id, id, channel, message), but"
                                + " {name} uses name",
                        "sources.old.rules.b.channel: must not give the name channel, which stands for the whole channel",
                        "sources.old.rules.c.channel: must be given",
                        "sources.old.rules.c.pattern: is only for redis-keyspace and redis-tracking; remove it",
                        "sources.old.rules.d.json[0]: must be a name with a JSON Pointer, like id=/user/id",
                        "sources.old.rules.d.when[0]: must be a JSON Pointer with a text, like /type=user",
                        "sources.old.rules.e.separator: must be left out with json or when",
                        "sources.old.relay.a.keys: must be given, or one of tags, prefixes and all; only one of them",
                        "sources.old.relay.b.message: must use names of the pattern (id, key), but uses name",
                        "sources.old.relay.c.region: must be given",
                        "sources.old.relay.c.message: must be given",
                        "sources.empty.rules: must name at least one rule: what a message invalidates",
                        "sources.db.on-gap: is only for redis-channel; remove it",
                        "sources.db.rules.p.channel: is only for redis-channel; remove it");
    }

    @Test
    void aKindThatIsNotInThisProgramSaysWhereItIs() {
        assertThatThrownBy(() -> readWith("""
                        sources:
                          shop: { kind: postgresql, uri: "jdbc:postgresql://db/shop", rules: { r: { table: t, region: r, all: true } } }
                        """, Set.of(Kind.OUTBOX)))
                .message()
                .contains("sources.shop.kind: is not in this program; start freshet-publisher-cdc.jar instead");
    }

    @Test
    void theExamplesOfTheDocumentationAreValid() throws IOException {
        String pages = Files.readString(Path.of("../../docs/SOURCES.md"))
                + Files.readString(Path.of("../../docs/MIGRATION.md"));
        Matcher example =
                Pattern.compile("```yaml\n( *sources:\n.*?)```", Pattern.DOTALL).matcher(pages);
        int examples = 0;
        while (example.find()) {
            assertThat(read(example.group(1))).isNotEmpty();
            examples++;
        }
        assertThat(examples).isGreaterThan(5);
    }

    private List<SourceConfig> read(String yaml) throws IOException {
        return readWith(yaml, ALL);
    }

    private List<SourceConfig> readWith(String yaml, Set<Kind> kinds) throws IOException {
        Path file = Files.writeString(folder.resolve("publisher.yaml"), yaml);
        return new Configuration(file, "from a test", Map.of(), List.of(), List.of())
                .read(settings -> SourceSettings.read(settings, kinds));
    }
}
