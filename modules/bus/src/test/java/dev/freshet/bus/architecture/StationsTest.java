package dev.freshet.bus.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.internal.redis.Backoff;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisConnection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What users call lies in the root package and in tier, source, admin, direct and secret. Behind it are stations, each of which knows only
 * those before it: threads, what gives access, sockets, redis, then member and encode, then retransmit, then append; follow and
 * admin need member, tier redis only.
 */
class StationsTest {

    private static final Set<String> REDIS =
            Set.of("internal.thread", "internal.access", "internal.socket", "internal.redis");

    private static final Map<String, Set<String>> MAY_KNOW = Map.ofEntries(
            Map.entry("internal.thread", Set.of()),
            Map.entry("internal.access", Set.of("internal.thread")),
            Map.entry("internal.socket", Set.of("internal.thread", "internal.access")),
            Map.entry("internal.redis", Set.of("internal.thread", "internal.access", "internal.socket")),
            Map.entry("internal.member", REDIS),
            Map.entry("internal.encode", REDIS),
            Map.entry("internal.retransmit", and(REDIS, "internal.encode")),
            Map.entry(
                    "internal.append",
                    and(and(and(REDIS, "internal.member"), "internal.encode"), "internal.retransmit")),
            Map.entry("internal.follow", and(REDIS, "internal.member")),
            Map.entry("internal.tier", and(REDIS, "tier")),
            Map.entry("secret", Set.of("internal.access")),
            Map.entry("source", REDIS),
            Map.entry("admin", and(REDIS, "internal.member")),
            Map.entry("direct", REDIS),
            // But for the factories.
            Map.entry("tier", and(REDIS, "internal.tier")));

    private static Set<String> and(Set<String> stations, String another) {
        return Stream.concat(stations.stream(), Stream.of(another)).collect(Collectors.toSet());
    }

    /** Those of root and tier that make what is internal, or check a setting with it. */
    private static final Set<String> FACTORIES = Set.of(
            "dev.freshet.bus.Publisher.connect(dev.freshet.bus.PublisherConfig, dev.freshet.bus.PublisherListener)",
            "dev.freshet.bus.Subscriber.connect(dev.freshet.bus.SubscriberConfig, java.util.Map, "
                    + "dev.freshet.bus.SubscriberListener, dev.freshet.bus.TimeSource)",
            "dev.freshet.bus.PublisherConfig.of(java.lang.String)",
            "dev.freshet.bus.SubscriberConfig.of(java.lang.String)",
            "dev.freshet.bus.RedisAccess.withPasswordFile(java.lang.String, java.nio.file.Path)",
            "dev.freshet.bus.RedisAccess.withTlsFiles(java.nio.file.Path, java.nio.file.Path, java.nio.file.Path)",
            "dev.freshet.bus.RedisAccess.shown(java.lang.Object)",
            "dev.freshet.bus.RedisConfig.<init>(java.lang.String, java.time.Duration, java.time.Duration, "
                    + "java.lang.String, dev.freshet.bus.RedisAccess, dev.freshet.bus.RedisAccess)",
            "dev.freshet.bus.RedisConfig.faultIn(java.lang.String)",
            "dev.freshet.bus.RedisConfig.toString()",
            "dev.freshet.bus.tier.RedisTier.connect(dev.freshet.bus.tier.RedisTierConfig)",
            "dev.freshet.bus.tier.RedisTierConfig.of(java.lang.String)");

    /** A type more is a promise more: think before adding one. */
    private static final List<String> PUBLIC_TYPES = List.of(
            "AwaitResult",
            "BusException",
            "Change",
            "Change.Builder",
            "Confirmation",
            "DryRunResult",
            "Audited",
            "AuditedEntry",
            "AuditQuery",
            "LogSample",
            "HeldEntry",
            "LoggedRecord",
            "Member",
            "MemberAudit",
            "Publisher",
            "PublisherConfig",
            "PublisherListener",
            "Receipt",
            "RedisAccess",
            "RedisConfig",
            "RedisCredentials",
            "RedisTime",
            "RegionReader",
            "RegionSubscription",
            "RegionSubscription.State",
            "RegionView",
            "ResetReason",
            "Subscriber",
            "SubscriberConfig",
            "SubscriberListener",
            "TimeSource",
            "TooBroadException",
            "UnavailableException",
            "UnavailableException.Reason",
            "UnsupportedLibraryException",
            "admin.FleetReader",
            "admin.FleetReader.Answer",
            "admin.FleetReader.Asked",
            "admin.FleetReader.RegionRows",
            "admin.LogReader",
            "admin.LogReader.Entry",
            "admin.Neighbours",
            "admin.Neighbours.Channel",
            "admin.RedisRights",
            "admin.RedisRights.Resp",
            "admin.RedisRights.Role",
            "admin.RegionInventory",
            "admin.RegionInventory.Fate",
            "admin.RegionInventory.Use",
            "admin.RedisInspection",
            "direct.Master",
            "direct.MasterFinder",
            "secret.SecretFiles",
            "secret.ServerIdentity",
            "source.ChannelFeed",
            "source.ChannelFeed.Handler",
            "source.ChannelFeedConfig",
            "source.ChannelSender",
            "source.ChannelSender.Message",
            "source.CheckpointStore",
            "source.KeyspaceFeed",
            "source.KeyspaceFeed.Handler",
            "source.KeyspaceFeedConfig",
            "source.KeyspaceFeedConfig.Notifications",
            "source.KeyspaceNotifications",
            "source.TrackingFeed",
            "source.TrackingFeed.Handler",
            "source.TrackingFeedConfig",
            "tier.RedisTier",
            "tier.RedisTier.Region",
            "tier.RedisTierConfig",
            "tier.TierClaim",
            "tier.TierLease",
            "tier.TierRead",
            "tier.TierRead.Absent",
            "tier.TierRead.Found",
            "tier.TierRead.Unavailable",
            "tier.TierStats",
            "tier.TierStored",
            "tier.TierValue");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(Stations.ROOT);

    /** Shows what is internal in every way that a type can, and touches it. */
    public static class Showing implements NodeSession.Admission {
        public @Nullable Backoff field;

        public Showing(Backoff parameter) {
            parameter.reset();
        }

        public Optional<List<Backoff[]>> result() {
            return Optional.empty();
        }

        private Backoff ofNoConcern() {
            return new Backoff();
        }

        @Override
        public void admit(RedisConnection connection, String runId, boolean isOther) {
            field = ofNoConcern();
        }
    }

    @Test
    void noPackageDependsOnItselfThroughOthers() {
        Stations.areFreeOfCycles(FACTORIES).check(CLASSES);
    }

    @Test
    void aStationKnowsOnlyThoseBeforeIt() {
        assertThat(Stations.of(CLASSES)).isEqualTo(MAY_KNOW.keySet());
        Stations.knowOnly(MAY_KNOW).forEach(rule -> rule.check(CLASSES));
    }

    @Test
    void rootAndTierTouchWhatIsInternalInTheirFactoriesOnly() {
        classes()
                .that()
                .resideInAnyPackage(Stations.ROOT, Stations.ROOT + ".tier")
                .should(Stations.touchInternalsOnlyIn(FACTORIES))
                .check(CLASSES);
        assertThat(Stations.idle(FACTORIES, CLASSES)).isEmpty();
    }

    @Test
    void usersCanNameTheTypesOfThisListAndNoOthers() {
        assertThat(Stations.publicTypes(CLASSES)).containsExactlyInAnyOrderElementsOf(PUBLIC_TYPES);
    }

    @Test
    void whatUsersCanSeeNamesNothingInternal() {
        classes()
                .that()
                .resideOutsideOfPackage(Stations.INTERNAL + ".")
                .should(Stations.showNothingInternal())
                .check(CLASSES);
    }

    @Test
    void theRulesWouldCatchAViolation() {
        // Without the exemption: root and internals know each other.
        assertCaught(Stations.areFreeOfCycles(Set.of()), CLASSES);
        Stations.knowOnly(Map.of("internal.redis", Set.of(), "internal.append", Set.of(), "internal.tier", Set.of()))
                .filter(rule -> !rule.getDescription().startsWith(ofRedis()))
                .forEach(rule -> assertCaught(rule, CLASSES));
        assertCaught(
                classes().that().resideInAnyPackage(Stations.ROOT).should(Stations.touchInternalsOnlyIn(Set.of())),
                CLASSES);
        assertThat(Stations.idle(Set.of("dev.freshet.bus.Receipt.region()"), CLASSES))
                .hasSize(1);

        JavaClasses more = new ClassFileImporter().importClasses(Receipt.class, Showing.class);
        assertThat(Stations.publicTypes(more)).containsExactly("Receipt");
        assertThatThrownBy(
                        () -> classes().should(Stations.showNothingInternal()).check(more))
                .hasMessageContaining("was violated (5 times)")
                .hasMessageContaining("Showing shows")
                .hasMessageContaining("Showing.field shows")
                .hasMessageContaining("Showing.<init>(dev.freshet.bus.internal.redis.Backoff) shows")
                .hasMessageContaining("Showing.result() shows")
                .hasMessageContaining("Showing.admit(");
    }

    private static String ofRedis() {
        return "no classes that reside in a package '" + Stations.INTERNAL + "redis'";
    }

    private static void assertCaught(ArchRule rule, JavaClasses violators) {
        assertThatThrownBy(() -> rule.check(violators))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Architecture Violation");
    }
}
