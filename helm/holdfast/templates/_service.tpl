{{- /* One service of the hub: a Deployment and its disruption budget, the same for every service. Takes {root, component, service}.

Another pod comes before one goes (maxSurge 1, maxUnavailable 0), for every service: two owners of a partition cannot harm each other, since whoever
comes later fences whoever was before, and the gap in which gates hear no seal is shortest when the successor already runs.

startup and liveness ask /livez: the event loop answers, Kafka is never asked. readiness asks /readyz: a member of its group, caught up on every
partition it owns, not draining. A pod that restores is alive and not ready, and is left to it: a probe that ended it would make it begin again. */}}
{{- define "holdfast.service" -}}
{{- $name := printf "%s-%s" (include "holdfast.fullname" .root) .component -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels: {{- include "holdfast.labels" . | nindent 4 }}
spec:
  replicas: {{ .service.replicas }}
  revisionHistoryLimit: 5
  minReadySeconds: 10
  progressDeadlineSeconds: 900
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels: {{- include "holdfast.selector" . | nindent 6 }}
  template:
    metadata: {{- include "holdfast.podMetadata" . | nindent 6 }}
    spec:
      {{- include "holdfast.pod" . | nindent 6 }}
      serviceAccountName: {{ include "holdfast.serviceAccountName" .root }}
      # The drain, and then at most ten seconds to close a partition and leave the group.
      terminationGracePeriodSeconds: {{ add .root.Values.settings.drainTimeoutSeconds 12 }}
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: kubernetes.io/hostname
        whenUnsatisfiable: ScheduleAnyway
        labelSelector:
          matchLabels: {{- include "holdfast.selector" . | nindent 12 }}
      containers:
      - name: {{ .component }}
        {{- include "holdfast.container" (dict "root" .root "component" .component "saslSecretName" .service.saslSecretName "args" (list "run" .component)) | nindent 8 }}
        ports:
        - {name: http, containerPort: 8080}
        resources: {{- toYaml .service.resources | nindent 10 }}
        startupProbe:
          httpGet: {path: /livez, port: http}
          periodSeconds: 2
          timeoutSeconds: 2
          failureThreshold: 30
        livenessProbe:
          httpGet: {path: /livez, port: http}
          periodSeconds: 10
          timeoutSeconds: 5
          failureThreshold: 3
        readinessProbe:
          httpGet: {path: /readyz, port: http}
          periodSeconds: 5
          timeoutSeconds: 3
          failureThreshold: 2
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels: {{- include "holdfast.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "holdfast.selector" . | nindent 6 }}
{{- end }}
