package dev.freshet.cache.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.internal.entry.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What users can reach lies in the root package; what is behind it is a line of stations that know only those before them. */
class StationsTest {

    /** From the lowest to the highest. */
    private static final List<String> STATIONS = List.of("entry", "fence", "store", "load", "upkeep", "region", "tier");

    /** Those of the root package that make what is internal. */
    private static final String[] FACTORIES = {
        "dev.freshet.cache.RegionCacheBuilder", "dev.freshet.cache.CachedRegion$Builder"
    };

    /** A type more is a promise more: think before adding one. */
    private static final List<String> PUBLIC_TYPES = List.of(
            "AsyncLoader",
            "BulkLoadContext",
            "BulkLoader",
            "CacheException",
            "CacheListener",
            "CacheStats",
            "CachedRegion",
            "CachedRegion.Builder",
            "CachedRegionStats",
            "EvictionCause",
            "Lease",
            "LoadContext",
            "LoadException",
            "LoadTimeoutException",
            "Loaded",
            "Loader",
            "Lookup",
            "Lookup.Hit",
            "Lookup.Miss",
            "Mark",
            "Promise",
            "RecursiveLoadException",
            "Refusal",
            "RegionCache",
            "RegionCacheBuilder",
            "ServingState",
            "SourceWrite",
            "StoreOptions",
            "StoreResult",
            "StoreResult.Refused",
            "StoreResult.Stored",
            "UnconfirmedPolicy",
            "UnleasedStores",
            "ValueCodec",
            "ValueWeigher",
            "WriteResult");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(Stations.ROOT);

    /** Shows what is internal in every way that a type can. */
    public static class Showing extends Entry<String> {
        public @Nullable Entry<String> field;

        public Showing(Entry<String> parameter) {
            super(parameter.value, 0, 0);
        }

        public Optional<List<Entry<String>[]>> result() {
            return Optional.empty();
        }

        private Entry<String> ofNoConcern() {
            return this;
        }

        @Override
        public String toString() {
            return ofNoConcern().toString();
        }
    }

    @Test
    void noPackageDependsOnItselfThroughOthers() {
        Stations.areFreeOfCycles(FACTORIES).check(CLASSES);
    }

    @Test
    void aStationKnowsOnlyThoseBeforeIt() {
        assertThat(Stations.of(CLASSES)).containsExactlyInAnyOrderElementsOf(STATIONS);
        Stations.importOnlyEarlierOnes(STATIONS).forEach(rule -> rule.check(CLASSES));
    }

    @Test
    void usersCanNameTheTypesOfThisListAndNoOthers() {
        assertThat(Stations.publicTypes(CLASSES)).containsExactlyInAnyOrderElementsOf(PUBLIC_TYPES);
    }

    @Test
    void whatUsersCanSeeNamesNothingInternal() {
        classes()
                .that()
                .resideInAPackage(Stations.ROOT)
                .should(Stations.showNothingInternal())
                .check(CLASSES);
    }

    @Test
    void theRulesWouldCatchAViolation() {
        assertCaught(Stations.areFreeOfCycles(), CLASSES); // without the exemption: root and internals know each other
        List<String> backwards = new ArrayList<>(STATIONS);
        Collections.reverse(backwards);
        assertThat(Stations.importOnlyEarlierOnes(backwards)).hasSize(STATIONS.size() - 1);
        assertThat(backwards.stream()
                        .filter(station -> !station.equals("entry"))
                        .filter(station -> !caught(List.of(station, "entry"))))
                .as("stations that know nothing of the first one, so that the rule could not catch them")
                .containsExactlyInAnyOrder("upkeep", "tier");
        JavaClasses more = new ClassFileImporter().importClasses(StoreOptions.class, Showing.class);
        assertThat(Stations.publicTypes(more)).containsExactly("StoreOptions");
        assertThatThrownBy(
                        () -> classes().should(Stations.showNothingInternal()).check(more))
                .hasMessageContaining("was violated (4 times)")
                .hasMessageContaining("Showing shows")
                .hasMessageContaining("Showing.field shows")
                .hasMessageContaining("Showing.<init>(dev.freshet.cache.internal.entry.Entry) shows")
                .hasMessageContaining("Showing.result() shows");
    }

    private static boolean caught(List<String> stations) {
        return Stations.importOnlyEarlierOnes(stations)
                .anyMatch(rule -> rule.evaluate(CLASSES).hasViolation());
    }

    private static void assertCaught(ArchRule rule, JavaClasses violators) {
        assertThatThrownBy(() -> rule.check(violators))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Architecture Violation");
    }
}
