package dev.freshet.e2e.k8s;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A component of the kustomization, and the values by which the chart does the same. */
enum Component {
    PUBLISHER_TLS("publisher: {tls: {enabled: true}}"),
    PUBLISHER_CLIENT_CERTIFICATES("publisher: {tls: {clientCertificates: true}}"),
    PUBLISHER_MANAGEMENT_TLS("publisher: {tls: {management: true}}"),
    PUBLISHER_TOKENS("publisher: {tokens: {enabled: true}}"),
    PUBLISHER_CONSOLE("publisher: {console: {enabled: true}}"),
    SUBSCRIBER_TOKENS("subscriber: {tokens: {enabled: true}}"),
    SUBSCRIBER_MANAGEMENT_TLS("subscriber: {tls: {management: true}}"),
    REDIS_FILES("redis: {files: {enabled: true}}"),
    NETWORK_POLICY("networkPolicy: {publisher: true}"),
    SUBSCRIBER_NETWORK_POLICY("networkPolicy: {subscribers: true}"),
    MONITORING("monitoring: {enabled: true}");

    private final String values;

    Component(String values) {
        this.values = values;
    }

    /** Returns the name of its folder. */
    String folder() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    String settings() {
        return values;
    }

    private boolean isOf(String side) {
        return name().startsWith(side);
    }

    private boolean isOfEverySecond() {
        return this == SUBSCRIBER_NETWORK_POLICY || this == PUBLISHER_CONSOLE;
    }

    /** May it be there, if these others are, and no more? */
    private boolean isPossibleWith(List<Component> others) {
        return others.contains(PUBLISHER_TLS)
                || (this != PUBLISHER_CLIENT_CERTIFICATES && this != PUBLISHER_MANAGEMENT_TLS);
    }

    /**
     * Returns combinations of components in the order in which a kustomization lists them: all that change the publisher, and all that
     * change the sidecar. What stands by itself is in every second one.
     */
    static List<List<Component>> combinations() {
        List<List<Component>> all = new ArrayList<>(List.of(List.of()));
        for (String side : List.of("PUBLISHER", "SUBSCRIBER")) {
            List<Component> chosen = new ArrayList<>();
            Stream.of(values())
                    .filter(component -> component.isOf(side) && !component.isOfEverySecond())
                    .forEach(chosen::add);
            chosen.add(REDIS_FILES);
            for (int bits = 0; bits < 1 << chosen.size(); bits++) {
                boolean isEven = Integer.bitCount(bits) % 2 == 0;
                List<Component> combination = new ArrayList<>(
                        isEven
                                ? List.of(PUBLISHER_CONSOLE, MONITORING)
                                : List.of(NETWORK_POLICY, SUBSCRIBER_NETWORK_POLICY));
                boolean isPossible = true;
                for (int i = 0; i < chosen.size(); i++) {
                    if ((bits >> i & 1) == 1) {
                        combination.add(chosen.get(i));
                        isPossible &= chosen.get(i).isPossibleWith(combination);
                    }
                }
                if (isPossible) {
                    all.add(combination);
                }
            }
        }
        return all;
    }
}
