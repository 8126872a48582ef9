package dev.freshet.e2e.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks {@link PodRules}: a correct Pod passes, and each broken rule is found. */
@Tag("pure")
class PodRulesTest {
    private static final String POD = """
            spec:
              securityContext:
                runAsNonRoot: true
                seccompProfile: {type: RuntimeDefault}
              containers:
                - name: app
                  ports:
                    - {name: http, containerPort: 8080}
                  livenessProbe:
                    httpGet: {path: /live, port: http}
                  terminationMessagePolicy: FallbackToLogsOnError
                  resources:
                    requests: {cpu: 100m, memory: 512Mi}
                    limits: {memory: 1Gi}
                  securityContext:
                    readOnlyRootFilesystem: true
                    allowPrivilegeEscalation: false
                    capabilities: {drop: [ALL]}
                  volumeMounts:
                    - {name: tmp, mountPath: /tmp}
              volumes:
                - name: tmp
                  emptyDir: {}
            """;

    @Test
    void a_pod_that_keeps_every_rule_passes() {
        assertThat(faultsOf(POD)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port: http} | port: metrics} | livenessProbe",
                "memory: 1Gi | memory: 256Mi | below the requested",
                "limits: {memory: 1Gi} | limits: {cpu: 1} | memory without a limit",
                "cpu: 100m, | '' | requests no cpu",
                "runAsNonRoot: true | runAsNonRoot: false | runAsNonRoot",
                "RuntimeDefault | Unconfined | seccompProfile",
                "readOnlyRootFilesystem: true | readOnlyRootFilesystem: false | readOnlyRootFilesystem",
                "allowPrivilegeEscalation: false | allowPrivilegeEscalation: true | allowPrivilegeEscalation",
                "drop: [ALL] | drop: [] | capabilities",
                "FallbackToLogsOnError | File | terminationMessagePolicy must be",
                "mountPath: /tmp | mountPath: /tmp/a, subPath: a | mounts one file of tmp",
                "{name: tmp, mount | {name: temp, mount | temp, which is no volume",
            })
    void a_broken_rule_is_found(String right, String wrong, String fault) {
        assertThat(POD).contains(right);
        assertThat(faultsOf(POD.replace(right, wrong))).isNotEmpty().anySatisfy(found -> assertThat(found)
                .contains(fault));
    }

    private static List<String> faultsOf(String yaml) {
        return PodRules.faults(Manifest.parse(yaml).get(0).json());
    }

    @Test
    void a_service_to_a_port_that_is_not_there_and_a_budget_for_no_pod_are_found() {
        RenderedSet set = new RenderedSet(Manifest.parse("""
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec:
                  selector: {app: web}
                  ports: [{port: 80, targetPort: https}]
                ---
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata: {name: web}
                spec:
                  selector: {matchLabels: {app: webb}}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec:
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec:
                      containers: [{name: web, ports: [{name: http, containerPort: 8080}]}]
                      volumes: [{name: config, configMap: {name: absent}}]
                """));

        assertThat(set.faults())
                .anySatisfy(f -> assertThat(f).contains("Service/web leads to port \"https\""))
                .anySatisfy(f -> assertThat(f).contains("PodDisruptionBudget/web selects no Pod"))
                .anySatisfy(f -> assertThat(f).contains("ConfigMap/absent, which is not there"));
    }
}
