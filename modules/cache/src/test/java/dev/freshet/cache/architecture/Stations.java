package dev.freshet.cache.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules about this module's packages, each for whichever packages it is asked about. */
final class Stations {

    static final String ROOT = "dev.freshet.cache";
    static final String INTERNAL = ROOT + ".internal.";

    private Stations() {}

    /**
     * No package depends on itself through others.
     *
     * @param factories classes of the root package whose methods make what is internal, and so may import it
     */
    static SliceRule areFreeOfCycles(String... factories) {
        SliceRule rule = SlicesRuleDefinition.slices()
                .matching("dev.freshet.(**)")
                .should()
                .beFreeOfCycles();
        for (String factory : factories) {
            rule = rule.ignoreDependency(
                    DescribedPredicate.describe(
                            factory, type -> type.getFullName().equals(factory)),
                    JavaClass.Predicates.resideInAPackage(INTERNAL + "."));
        }
        return rule;
    }

    /** A station imports none of those after it. */
    static Stream<ArchRule> importOnlyEarlierOnes(List<String> stations) {
        return stations.stream().limit(stations.size() - 1L).map(station -> noClasses()
                .that()
                .resideInAPackage(INTERNAL + station + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(stations.subList(stations.indexOf(station) + 1, stations.size()).stream()
                        .map(later -> INTERNAL + later + "..")
                        .toArray(String[]::new)));
    }

    /** The stations that there are. */
    static Set<String> of(Iterable<JavaClass> classes) {
        Set<String> found = new TreeSet<>();
        classes.forEach(type -> {
            if (type.getPackageName().startsWith(INTERNAL)) {
                found.add(type.getPackageName().substring(INTERNAL.length()));
            }
        });
        return found;
    }

    /** The types of the root package that users can name, as they write them. */
    static Set<String> publicTypes(Iterable<JavaClass> classes) {
        Set<String> found = new TreeSet<>();
        classes.forEach(type -> {
            if (type.getPackageName().equals(ROOT) && isVisible(type)) {
                found.add(type.getFullName().substring(ROOT.length() + 1).replace('$', '.'));
            }
        });
        return found;
    }

    private static boolean isVisible(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(Stations::isVisible).orElse(true);
    }

    /** What users can see of a type names nothing internal. */
    static ArchCondition<JavaClass> showNothingInternal() {
        return new ArchCondition<>("show nothing internal") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                supertypes(type).forEach(shown -> judge(type.getFullName(), shown, events));
                type.getFields().stream()
                        .filter(field -> isShown(field.getModifiers()))
                        .forEach(field -> judge(field.getFullName(), field.getType(), events));
                type.getCodeUnits().stream()
                        .filter(unit -> isShown(unit.getModifiers()))
                        .forEach(unit -> signature(unit).forEach(shown -> judge(unit.getFullName(), shown, events)));
            }
        };
    }

    private static Stream<JavaType> supertypes(JavaClass type) {
        return Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
    }

    private static boolean isShown(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static Stream<JavaType> signature(JavaCodeUnit unit) {
        Stream<JavaType> types = Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream());
        return Stream.concat(types, unit.getExceptionTypes().stream());
    }

    private static void judge(String owner, JavaType shown, ConditionEvents events) {
        Set<String> internals = shown.getAllInvolvedRawTypes().stream()
                .map(type -> type.getBaseComponentType().getFullName())
                .filter(name -> name.startsWith(INTERNAL))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (!internals.isEmpty()) {
            events.add(SimpleConditionEvent.violated(owner, owner + " shows " + internals));
        }
    }
}
