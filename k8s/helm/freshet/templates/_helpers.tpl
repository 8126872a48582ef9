{{/*
The objects are in ../files, which are the files of the kustomization. Templates change what values say, and add what kustomizations add.
*/}}

{{/* Reads one of ../files. Takes the chart's scope and a path. */}}
{{- define "freshet.file" -}}
{{- $text := (index . 0).Files.Get (printf "files/%s" (index . 1)) }}
{{- required (printf "files/%s is missing in the chart: its links were not followed when it was copied" (index . 1)) $text }}
{{- end }}

{{/*
Merges a patch into an object, as kustomize does: maps by their keys, lists by the name of their items; new items come first. Takes the
object and the patch; gives the result below "it".
*/}}
{{- define "freshet.merged" -}}
{{- $base := index . 0 }}
{{- $patch := index . 1 }}
{{- $result := $patch }}
{{- if and (kindIs "map" $base) (kindIs "map" $patch) }}
  {{- $result = deepCopy $base }}
  {{- range $key, $value := $patch }}
    {{- if hasKey $base $key }}
      {{- $value = get (include "freshet.merged" (list (get $base $key) $value) | fromYaml) "it" }}
    {{- end }}
    {{- $_ := set $result $key $value }}
  {{- end }}
{{- else if and (kindIs "slice" $base) (kindIs "slice" $patch) }}
  {{- if kindIs "map" (first $patch) }}
    {{- $added := list }}
    {{- $merged := $base }}
    {{- range $item := $patch }}
      {{- $found := false }}
      {{- $next := list }}
      {{- range $former := $merged }}
        {{- if eq (get $former "name") (get $item "name") }}
          {{- $found = true }}
          {{- $former = get (include "freshet.merged" (list $former $item) | fromYaml) "it" }}
        {{- end }}
        {{- $next = append $next $former }}
      {{- end }}
      {{- $merged = $next }}
      {{- if not $found }}
        {{- $added = append $added $item }}
      {{- end }}
    {{- end }}
    {{- $result = concat $added $merged }}
  {{- end }}
{{- end }}
{{- dict "it" $result | toYaml }}
{{- end }}

{{/* An object of ../files with patches of ../files. Takes the chart's scope, the path and a list of paths. */}}
{{- define "freshet.patched" -}}
{{- $scope := index . 0 }}
{{- $object := include "freshet.file" (list $scope (index . 1)) | fromYaml }}
{{- range $path := index . 2 }}
  {{- $patch := include "freshet.file" (list $scope $path) | fromYaml }}
  {{- $object = get (include "freshet.merged" (list $object (omit $patch "metadata")) | fromYaml) "it" }}
{{- end }}
{{- toYaml $object }}
{{- end }}

{{/* Prints an object with the release's namespace and Helm's labels. Takes the chart's scope and the object. */}}
{{- define "freshet.printed" -}}
{{- $scope := index . 0 }}
{{- $labels := dict "app.kubernetes.io/managed-by" $scope.Release.Service "helm.sh/chart" (printf "%s-%s" $scope.Chart.Name $scope.Chart.Version) }}
{{- $metadata := dict "metadata" (dict "namespace" $scope.Release.Namespace "labels" $labels) }}
{{- $object := get (include "freshet.merged" (list (index . 1) $metadata) | fromYaml) "it" }}
{{- toYaml $object }}
{{- end }}

{{/* Takes the chart's scope, the values of an image, and the image as the file names it. */}}
{{- define "freshet.image" -}}
{{- $scope := index . 0 }}
{{- $image := index . 1 }}
{{- printf "%s:%s" $image.repository (default $scope.Chart.AppVersion $image.tag) }}
{{- end }}

{{/* What values say of a container. Takes the chart's scope, the container and its values; gives the container. */}}
{{- define "freshet.container" -}}
{{- $scope := index . 0 }}
{{- $container := index . 1 }}
{{- $values := index . 2 }}
{{- $patch := dict "image" (include "freshet.image" (list $scope $values.image)) "resources" $values.resources }}
{{- if $values.image.pullPolicy }}
  {{- $_ := set $patch "imagePullPolicy" $values.image.pullPolicy }}
{{- end }}
{{- if $values.env }}
  {{- $_ := set $patch "env" $values.env }}
{{- end }}
{{- $container = get (include "freshet.merged" (list $container $patch) | fromYaml) "it" }}
{{- range $variable := $container.env }}
  {{- if eq $variable.name "FRESHET_REDIS_URI" }}
    {{- $_ := set $variable.valueFrom.secretKeyRef "name" $scope.Values.redis.secret }}
  {{- end }}
{{- end }}
{{- toYaml $container }}
{{- end }}

{{/* Volumes with the Secrets that values name. Takes the volumes and a map from a volume's name to its Secret's. */}}
{{- define "freshet.volumes" -}}
{{- $volumes := index . 0 }}
{{- range $volume := $volumes }}
  {{- if hasKey $volume "secret" }}
    {{- $_ := set $volume.secret "secretName" (get (index $ 1) $volume.name) }}
  {{- end }}
{{- end }}
{{- toYaml $volumes }}
{{- end }}
