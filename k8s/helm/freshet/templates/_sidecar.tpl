{{/*
The sidecar, for the templates of charts that have this one as a dependency named `freshet`.

  {{ include "freshet.inject" (list . (include "products.deployment" .)) }}

prints a Deployment or StatefulSet of yours, with the sidecar. If you would rather place its parts yourself:

  {{ include "freshet.sidecar" . }}               the init container, as an item of a list
  {{ include "freshet.sidecar.volumes" . }}       its volumes, as items of a list
  {{ include "freshet.sidecar.labels" . }}        the labels of the Pods
  {{ include "freshet.sidecar.annotations" . }}   the annotations of the Pods: they restart when the configuration changes

and set `enableServiceLinks: false`.
*/}}

{{/* The name of the sidecars' configuration. Takes this chart's scope. */}}
{{- define "freshet.subscriber.name" -}}
{{- printf "%s-freshet-subscriber" .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The sidecars' configuration. Takes this chart's scope. */}}
{{- define "freshet.subscriber.config" -}}
{{- $file := include "freshet.file" (list . "components/subscriber-sidecar/subscriber.yaml") }}
{{- if or .Values.subscriber.regions .Values.subscriber.config }}
  {{- $config := get (include "freshet.merged" (list ($file | fromYaml) .Values.subscriber.config) | fromYaml) "it" }}
  {{- if .Values.subscriber.regions }}
    {{- $_ := set $config "regions" .Values.subscriber.regions }}
  {{- end }}
  {{- $file = printf "%s\n" (toYaml $config) }}
{{- end }}
{{- $file }}
{{- end }}

{{/* The template of a Pod that has only the sidecar. Takes the scope of the chart that gets it, or this chart's. */}}
{{- define "freshet.sidecar.template" -}}
{{- $freshet := . }}
{{- if hasKey .Subcharts "freshet" }}
  {{- $freshet = .Subcharts.freshet }}
{{- end }}
{{- if not (and (hasKey $freshet.Values "subscriber") (hasKey $freshet.Values "redis")) }}
  {{- fail "The sidecar's templates find no chart named freshet: name it in dependencies of Chart.yaml, or pass .Subcharts.ALIAS." }}
{{- end }}
{{- $values := $freshet.Values.subscriber }}
{{- if not $values.enabled }}
  {{- fail "A workload gets the sidecar, but freshet.subscriber.enabled is false, so its configuration would be missing: set it to true." }}
{{- end }}
{{- $patches := list }}
{{- if $values.tokens.enabled }}
  {{- $patches = append $patches "components/subscriber-tokens/sidecar.yaml" }}
{{- end }}
{{- if $values.tls.management }}
  {{- $patches = append $patches "components/subscriber-management-tls/sidecar.yaml" }}
{{- end }}
{{- if $freshet.Values.redis.files.enabled }}
  {{- $patches = append $patches "components/redis-files/sidecar.yaml" }}
{{- end }}
{{- $workload := include "freshet.patched" (list $freshet "components/subscriber-sidecar/sidecar.yaml" $patches) | fromYaml }}
{{- $pod := $workload.spec.template.spec }}
{{- $container := include "freshet.container" (list $freshet (first $pod.initContainers) $values) | fromYaml }}
{{- $_ := set $pod "initContainers" (list $container) }}
{{- $secrets := dict "freshet-tls" $values.tls.secret "freshet-tokens" $values.tokens.secret "freshet-redis-files" $freshet.Values.redis.files.secret }}
{{- $_ := set $pod "volumes" (include "freshet.volumes" (list $pod.volumes $secrets) | fromYamlArray) }}
{{- range $volume := $pod.volumes }}
  {{- if hasKey $volume "configMap" }}
    {{- $_ := set $volume.configMap "name" (include "freshet.subscriber.name" $freshet) }}
  {{- end }}
{{- end }}
{{- $annotations := dict "checksum/freshet-subscriber" (include "freshet.subscriber.config" $freshet | sha256sum) }}
{{- $_ := set $workload.spec.template.metadata "annotations" $annotations }}
{{- toYaml $workload.spec.template }}
{{- end }}

{{- define "freshet.sidecar" -}}
{{- $template := include "freshet.sidecar.template" . | fromYaml }}
{{- toYaml $template.spec.initContainers }}
{{- end }}

{{- define "freshet.sidecar.volumes" -}}
{{- $template := include "freshet.sidecar.template" . | fromYaml }}
{{- toYaml $template.spec.volumes }}
{{- end }}

{{- define "freshet.sidecar.labels" -}}
{{- $template := include "freshet.sidecar.template" . | fromYaml }}
{{- toYaml $template.metadata.labels }}
{{- end }}

{{- define "freshet.sidecar.annotations" -}}
{{- $template := include "freshet.sidecar.template" . | fromYaml }}
{{- toYaml $template.metadata.annotations }}
{{- end }}

{{- define "freshet.inject" -}}
{{- $workload := index . 1 | fromYaml }}
{{- if hasKey $workload "Error" }}
  {{- fail (printf "freshet.inject cannot read the workload: %s" $workload.Error) }}
{{- end }}
{{- if not (has $workload.kind (list "Deployment" "StatefulSet")) }}
  {{- fail (printf "freshet.inject takes a Deployment or a StatefulSet, not %s." (default "an object without a kind" $workload.kind)) }}
{{- end }}
{{- $template := include "freshet.sidecar.template" (index . 0) | fromYaml }}
{{- $labels := dict "freshet.dev/inject" "true" }}
{{- $patch := dict "metadata" (dict "labels" $labels) "spec" (dict "template" $template) }}
{{- get (include "freshet.merged" (list $workload $patch) | fromYaml) "it" | toYaml }}
{{- end }}
