{{- /* What every pod of the chart is, whatever it runs: who it may be and where it may stand. Takes {root, component}. */}}
{{- define "holdfast.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with (include "holdfast.volumes" . | fromYaml).volumes }}
volumes: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* What every container of the chart is. Takes {root, component, saslSecretName, args}. */}}
{{- define "holdfast.container" -}}
image: {{ include "holdfast.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{ toJson .args }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
env: {{- include "holdfast.environment" . | nindent 2 }}
{{- with (include "holdfast.volumes" . | fromYaml).volumes }}
volumeMounts:
{{- range . }}
- {name: {{ .name }}, mountPath: /etc/holdfast/{{ .name }}, readOnly: true}
{{- end }}
{{- end }}
{{- end }}

{{- /* Takes {root, component}. The routes' checksum starts enrichment again when they change: it reads them once. */}}
{{- define "holdfast.podMetadata" -}}
labels:
  {{- include "holdfast.labels" . | nindent 2 }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  kubectl.kubernetes.io/default-container: {{ .component }}
  {{- if and .root.Values.metrics.annotations (ne .component "topics") }}
  prometheus.io/scrape: "true"
  prometheus.io/port: "8080"
  prometheus.io/path: /metrics
  {{- end }}
  {{- if eq .component "enrichment" }}
  holdfast/routes: {{ toYaml .root.Values.enrichment.routes | sha256sum }}
  {{- end }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
