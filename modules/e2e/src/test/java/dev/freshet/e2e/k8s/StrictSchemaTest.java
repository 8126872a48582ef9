package dev.freshet.e2e.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks {@link StrictSchema}: a correct manifest passes, and each kind of mistake is found. */
@Tag("pure")
class StrictSchemaTest {
    private static final String DEPLOYMENT = """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: publisher
            spec:
              replicas: 2
              selector:
                matchLabels: {app: publisher}
              template:
                metadata:
                  labels: {app: publisher}
                spec:
                  containers:
                    - name: publisher
                      image: publisher:1
                      readinessProbe:
                        httpGet: {path: /health/ready, port: management}
                        periodSeconds: 2
                      resources:
                        limits: {memory: 512Mi}
                      securityContext:
                        readOnlyRootFilesystem: true
            """;

    private static final String POD_MONITOR = """
            apiVersion: monitoring.coreos.com/v1
            kind: PodMonitor
            metadata:
              name: publisher
            spec:
              selector:
                matchLabels: {app: publisher}
              podMetricsEndpoints:
                - port: management
                  interval: 15s
            """;

    @Test
    void what_is_right_passes() {
        assertThat(faultOf(DEPLOYMENT)).isNull();
        assertThat(faultOf(POD_MONITOR)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "replicas: 2, replica: 2",
        "replicas: 2, replicas: two",
        "periodSeconds: 2, periodSecond: 2",
        "periodSeconds: 2, periodSeconds: often",
        "readOnlyRootFilesystem: true, readOnlyRootFileSystem: true",
        "readOnlyRootFilesystem: true, readOnlyRootFilesystem: maybe",
        "memory: 512Mi, memory: lots",
        "image: publisher:1, imag: publisher:1",
        "readinessProbe:, readynessProbe:",
        "kind: Deployment, kind: Deploiment",
        "apiVersion: apps/v1, apiVersion: apps/v7",
    })
    void a_mistake_in_a_deployment_is_found(String right, String wrong) {
        assertThat(DEPLOYMENT).contains(right);
        assertThat(faultOf(DEPLOYMENT.replace(right, wrong))).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "podMetricsEndpoints, podMetricEndpoints",
        "interval: 15s, intervall: 15s",
        "interval: 15s, interval: 15 seconds",
        "matchLabels, matchLabel",
        "port: management, path: /metrics",
        "kind: PodMonitor, kind: PodMonitors",
    })
    void a_mistake_in_a_pod_monitor_is_found(String right, String wrong) {
        assertThat(POD_MONITOR).contains(right);
        assertThat(faultOf(POD_MONITOR.replace(right, wrong))).isNotNull();
    }

    private static @org.jspecify.annotations.Nullable String faultOf(String yaml) {
        return StrictSchema.fault(Manifest.parse(yaml).get(0)).orElse(null);
    }
}
