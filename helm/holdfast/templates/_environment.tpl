{{- /* The environment of one container. Takes {root, component, saslSecretName}. Names and meanings: docs/configuration.md.
       Numbers go through int64: YAML's are floats here, and 1000000 would be written 1e+06. */}}
{{- define "holdfast.environment" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $settings := .root.Values.settings -}}
- {name: KAFKA_BOOTSTRAP_SERVERS, value: {{ $kafka.bootstrapServers | quote }}}
- {name: KAFKA_SECURITY_PROTOCOL, value: {{ $kafka.securityProtocol }}}
{{- with $kafka.topicPrefix }}
- {name: HOLDFAST_TOPIC_PREFIX, value: {{ . | quote }}}
{{- end }}
{{- if hasPrefix "SASL" $kafka.securityProtocol }}
{{- $secret := default $kafka.sasl.secretName .saslSecretName }}
- {name: KAFKA_SASL_MECHANISM, value: {{ $kafka.sasl.mechanism }}}
- name: KAFKA_SASL_USERNAME
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ $kafka.sasl.usernameKey }}}}
- name: KAFKA_SASL_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ $kafka.sasl.passwordKey }}}}
{{- end }}
{{- if include "holdfast.tls" .root }}
{{- with $kafka.tls.caKey }}
- {name: KAFKA_SSL_CAFILE, value: /etc/holdfast/kafka/{{ . }}}
{{- end }}
{{- with $kafka.tls.certificateKey }}
- {name: KAFKA_SSL_CERTFILE, value: /etc/holdfast/kafka/{{ . }}}
{{- end }}
{{- with $kafka.tls.privateKeyKey }}
- {name: KAFKA_SSL_KEYFILE, value: /etc/holdfast/kafka/{{ . }}}
{{- end }}
{{- end }}
- {name: LOG_LEVEL, value: {{ $settings.logLevel }}}
- {name: LOG_FORMAT, value: {{ $settings.logFormat }}}
- {name: HOLDFAST_HTTP_HOST, value: "0.0.0.0"}
- {name: HOLDFAST_HTTP_PORT, value: "8080"}
- {name: HOLDFAST_DRAIN_TIMEOUT_S, value: {{ $settings.drainTimeoutSeconds | int64 | quote }}}
- {name: HOLDFAST_STUCK_AFTER_S, value: {{ $settings.stuckAfterSeconds | int64 | quote }}}
- {name: HOLDFAST_SILENT_AFTER_S, value: {{ $settings.silentAfterSeconds | int64 | quote }}}
- {name: HOLDFAST_END_OFFSET_SOURCES, value: {{ join "," $settings.endOffsetSources | quote }}}
{{- if eq .component "status" }}
- {name: HOLDFAST_SEAL_KEY_FILE, value: /etc/holdfast/seal/{{ .root.Values.sealKey.key }}}
{{- end }}
{{- if eq .component "enrichment" }}
{{- with .root.Values.enrichment }}
- {name: HOLDFAST_ENRICHMENT_ROUTES, value: /etc/holdfast/enrichment/routes.yaml}
{{- with .tokens.key }}
- {name: HOLDFAST_ENRICHMENT_TOKEN_FILE, value: /etc/holdfast/tokens/{{ . }}}
{{- end }}
- {name: HOLDFAST_ENRICHMENT_IN_FLIGHT, value: {{ .inFlight | int64 | quote }}}
- {name: HOLDFAST_ENRICHMENT_PENDING_MAX, value: {{ .pendingMax | int64 | quote }}}
- {name: HOLDFAST_ENRICHMENT_PAUSE_LONGEST_S, value: {{ .pauseLongestSeconds | int64 | quote }}}
- {name: HOLDFAST_ENRICHMENT_BREAKER_FAILURES, value: {{ .breakerFailures | int64 | quote }}}
- {name: HOLDFAST_ENRICHMENT_BREAKER_COOL_S, value: {{ .breakerCoolSeconds | int64 | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{- /* "yes" where Kafka's certificates come from a Secret. */}}
{{- define "holdfast.tls" -}}
{{- if and (hasSuffix "SSL" .Values.kafka.securityProtocol) .Values.kafka.tls.secretName -}}yes{{- end -}}
{{- end }}

{{- /* The directories that the environment names files in: a list under `volumes`, which a pod has and its container mounts. Takes {root, component}. */}}
{{- define "holdfast.volumes" -}}
volumes:
{{- if include "holdfast.tls" .root }}
- {name: kafka, secret: {secretName: {{ .root.Values.kafka.tls.secretName }}, defaultMode: 0440}}
{{- end }}
{{- if eq .component "status" }}
- {name: seal, secret: {secretName: {{ .root.Values.sealKey.secretName }}, defaultMode: 0440}}
{{- end }}
{{- if eq .component "enrichment" }}
- {name: enrichment, configMap: {name: {{ include "holdfast.fullname" .root }}-enrichment}}
{{- with .root.Values.enrichment.tokens.secretName }}
- {name: tokens, secret: {secretName: {{ . }}, defaultMode: 0440}}
{{- end }}
{{- end }}
{{- end }}
