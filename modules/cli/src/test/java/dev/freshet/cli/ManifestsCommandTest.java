package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What renders and does not work is found. The manifests of this repository are checked where they are rendered. */
@Isolated("standard input is of the whole process")
@SuppressWarnings("NullAway.Init") // before each test
class ManifestsCommandTest {

    private static final String RIGHT = """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: products
              namespace: shop
              labels: {freshet.dev/inject: "true"}
            spec:
              template:
                metadata:
                  labels: {app: products, freshet.dev/injected: "true"}
                spec:
                  enableServiceLinks: false
                  initContainers:
                    - name: freshet-subscriber
                      image: registry.example.com/freshet-subscriber:1
                      restartPolicy: Always
                      args: ["--config", "/etc/freshet/subscriber.yaml"]
                      env:
                        - name: FRESHET_REDIS_URI
                          valueFrom: {secretKeyRef: {name: redis, key: uri}}
                        - {name: FRESHET_HTTP_TOKENS_FILE, value: /etc/tokens/tokens}
                      ports: [{name: mgmt, containerPort: 8711}]
                      startupProbe: {httpGet: {port: mgmt}}
                      livenessProbe: {httpGet: {port: 8711}}
                      volumeMounts:
                        - {name: config, mountPath: /etc/freshet}
                        - {name: tokens, mountPath: /etc/tokens}
                  containers: [{name: products, image: products}]
                  volumes:
                    - {name: config, configMap: {name: regions}}
                    - {name: tokens, secret: {secretName: tokens}}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: regions, namespace: shop}
            data: {subscriber.yaml: "regions: {}"}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: redis, namespace: shop}
            stringData: {uri: "redis://:secret@redis"}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: freshet-publisher, namespace: shop}
            spec:
              replicas: 2
              template:
                metadata: {labels: {app: publisher}}
                spec:
                  containers: [{name: freshet-publisher, image: freshet-publisher}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: freshet-publisher, namespace: shop}
            spec: {selector: {app: publisher}}
            """;

    @TempDir
    private Path folder;

    private Outcome check(String yaml, String... options) throws IOException {
        Path file = Files.writeString(folder.resolve("manifests.yaml"), yaml);
        String[] arguments = new String[options.length + 2];
        arguments[0] = "manifests";
        arguments[1] = file.toString();
        System.arraycopy(options, 0, arguments, 2, options.length);
        return Outcome.of(arguments);
    }

    @Test
    void rightManifestsHaveNoFaultAndTheSecretsThatAreToBeCreatedAreNamed() throws IOException {
        Outcome outcome = check(RIGHT, "--sidecars", "1");

        assertThat(outcome.out())
                .contains("ok     sidecars: 1 with the sidecar: Deployment shop/products")
                .contains("ok     publisher: the publisher is Deployment shop/freshet-publisher\n")
                .contains("note   secrets: these Secrets must be in the cluster: shop/tokens with the key tokens\n")
                .contains("note   rights: whoever reaches Deployment shop/freshet-publisher can evict everything")
                .endsWith("no fault\n");
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out() + outcome.err()).doesNotContain("redis://");
    }

    @Test
    void standardInputIsReadIfNoFileIsNamed() {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(RIGHT.getBytes(StandardCharsets.UTF_8)));
        try {
            assertThat(Outcome.of("manifests").exitCode()).isZero();
        } finally {
            System.setIn(before);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "image: registry.example.com/freshet-subscriber:1 | '' | container freshet-subscriber of Deployment shop/products has no image",
                "restartPolicy: Always | restartPolicy: Never | without restartPolicy: Always",
                "'freshet.dev/injected: \"true\"' | 'a: b' | have the sidecar and no label freshet.dev/injected",
                "'startupProbe: {httpGet: {port: mgmt}}' | 'startupProbe: {httpGet: {port: x}}' | has a startupProbe at port x",
                "'livenessProbe: {httpGet: {port: 8711}}' | 'livenessProbe: {tcpSocket: {port: 1}}' | a livenessProbe at port 1",
                "'{name: config, mountPath' | '{name: conf, mountPath' | mounts conf, which is no volume",
                "mountPath: /etc/tokens | 'mountPath: /etc/tokens, subPath: tokens' | does not follow a change",
                "'configMap: {name: regions}' | 'configMap: {name: region}' | 'reads the ConfigMap region as /etc/freshet/subscriber.yaml, which is not there'",
                "'configMap: {name: regions}' | 'configMap: {name: region}' | 'ConfigMap shop/regions configures sidecars, and no Pod mounts it'",
                "/etc/freshet/subscriber.yaml | /etc/freshet/regions.yaml | reads the key regions.yaml of ConfigMap shop/regions",
                "'key: uri' | 'key: url' | reads the key url of Secret shop/redis for FRESHET_REDIS_URI",
                "'{name: regions, namespace: shop}' | '{name: regions, namespace: mall}' | reads the ConfigMap regions",
                "replicas: 2 | replicas: 0 | Deployment shop/freshet-publisher has no replicas",
                "'selector: {app: publisher}' | 'selector: {app: pub}' | Service shop/freshet-publisher selects no Pod",
            })
    void eachFaultIsASentence(String right, String wrong, String sentence) throws IOException {
        assertThat(RIGHT).contains(right);
        Outcome outcome = check(RIGHT.replace(right, wrong));

        assertThat(outcome.out()).containsPattern("FAULT  [^\n]*" + Pattern.quote(sentence));
        assertThat(outcome.exitCode()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'{freshet.dev/inject: \"true\"}' | FAULT  label: Deployment shop/products asks for the sidecar and has none",
                "'{freshet.dev/inject: \"yes\"}' | 'note   label: Deployment shop/products has the label freshet.dev/inject: \"yes\", and gets no sidecar'",
                "'{app: products}' | 'FAULT  sidecars: ConfigMap shop/freshet-subscriber configures sidecars, and no Pod mounts it: nothing was injected'",
            })
    void nothingInjectedIsAFault(String labels, String sentence) throws IOException {
        Outcome outcome = check("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: products, namespace: shop, labels: %s}
                spec: {template: {metadata: {labels: {app: products}}, spec: {containers: [{name: products}]}}}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: freshet-subscriber, namespace: shop}
                data: {subscriber.yaml: "regions: {}"}
                """.formatted(labels));

        assertThat(outcome.out()).contains(sentence);
        assertThat(outcome.exitCode()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Deployment | a: b | freshet.dev/inject | 'FAULT  label: Deployment web has the label freshet.dev/inject on its Pods'",
                "DaemonSet | freshet.dev/inject | a | 'FAULT  label: DaemonSet web asks for the sidecar and has none: the component serves'",
                "StatefulSet | a | a | 'FAULT  sidecars: there is neither a sidecar nor a publisher among 1 objects'",
            })
    void aLabelThatNothingLooksAtIsAFault(String kind, String own, String ofPods, String sentence) throws IOException {
        Outcome outcome = check("""
                apiVersion: apps/v1
                kind: %s
                metadata: {name: web, labels: {%s: "true"}}
                spec: {template: {metadata: {labels: {%s: "true"}}, spec: {containers: [{name: web}]}}}
                """.formatted(kind, own.replace(": b", ""), ofPods));

        assertThat(outcome.out()).contains(sentence);
        assertThat(outcome.exitCode()).isEqualTo(1);
    }

    @Test
    void theNumberOfSidecarsCanBeDemanded() throws IOException {
        Outcome outcome = check(RIGHT, "--sidecars", "2");

        assertThat(outcome.out()).contains("FAULT  sidecars: 1 with the sidecar: Deployment shop/products; 2 should");
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(check(RIGHT, "--sidecars", "-1").exitCode()).isEqualTo(2);
    }

    @Test
    void sidecarsWithoutAPublisherAreWorthKnowing() throws IOException {
        String alone = RIGHT.substring(0, RIGHT.lastIndexOf("---\napiVersion: apps/v1"));

        Outcome outcome = check(alone);
        assertThat(outcome.out()).contains("note   publisher: there is no publisher: the sidecars hear changes of one");
        assertThat(outcome.exitCode()).isZero();
        assertThat(check(alone.replace("{app: products,", "{freshet.dev/publishes: \"true\","))
                        .out())
                .contains("there is no publisher, and Deployment shop/products publishes through one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | there is no object",
                "'a: [secret' | 'line 1, column 11: this is not well-formed YAML'",
                "'a: 1' | 'document 1: apiVersion is missing, so this is no object of Kubernetes'",
                "'- secret' | 'document 1: apiVersion is missing'",
                "'{apiVersion: v1, kind: Secret}' | metadata.name is missing",
            })
    void whatIsNoManifestIsAFaultAndIsNotQuoted(String yaml, String sentence) throws IOException {
        Outcome outcome = check(yaml);

        assertThat(outcome.out())
                .contains("FAULT  objects: ")
                .contains(sentence)
                .doesNotContain("secret");
        assertThat(outcome.exitCode()).isEqualTo(1);
    }

    @Test
    void aListIsItsItems() throws IOException {
        assertThat(check(
                                "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]}")
                        .out())
                .contains("neither a sidecar nor a publisher among 1 objects");
    }

    @Test
    void aProgramReadsJson() throws IOException {
        assertThat(check(RIGHT.replace("replicas: 2", "replicas: 0"), "--json").out())
                .startsWith("{\"faults\":1,\"findings\":[")
                .contains("{\"level\":\"fault\",\"check\":\"publisher\",\"text\":");
    }

    @Test
    void aFileThatIsNotThereIsAWrongCommandLine() {
        Outcome outcome = Outcome.of("manifests", folder.resolve("none.yaml").toString());

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("none.yaml does not exist");
    }
}
