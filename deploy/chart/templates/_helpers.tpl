{{- define "presente.labels" -}}
app.kubernetes.io/name: presente
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "presente.selector" -}}
app.kubernetes.io/name: presente
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "presente.keysClaim" -}}
{{ .Values.keys.claim | default (printf "%s-keys" .Release.Name) }}
{{- end }}

{{- define "presente.dataClaim" -}}
{{ .Values.data.claim | default (printf "%s-data" .Release.Name) }}
{{- end }}

{{- define "presente.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "presente.security" -}}
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
{{- end }}

{{- define "presente.image" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{/* What every container is told. The folders lie within the volumes: their own modes stay as Kubernetes set them. */}}
{{- define "presente.environment" -}}
- {name: PRESENTE_DATA, value: /data/presente}
- {name: PRESENTE_KEYS, value: /keys/presente}
- {name: MPLCONFIGDIR, value: /tmp/matplotlib}
- {name: PRESENTE_HOSTS, value: {{ .Values.host | quote }}}
- {name: PRESENTE_ORIGINS, value: {{ printf "https://%s" .Values.host | quote }}}
- {name: PRESENTE_HTTPS, value: "1"}
- {name: PRESENTE_PROXIES, value: {{ .Values.ingress.proxies | quote }}}
- {name: PRESENTE_STORAGE, value: {{ .Values.storage.url | quote }}}
{{- range $name, $value := .Values.environment }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- range list "DATABASE_URL" "REDIS_URL" "PRESENTE_SECRET_KEY" "PRESENTE_MASTER_KEY" }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: {name: {{ $.Values.secretName }}, key: {{ . }}}
{{- end }}
{{- range list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" "EMAIL_URL" "PRESENTE_METRICS_TOKEN" "PRESENTE_OIDC_SECRET" }}
- name: {{ . }}
  valueFrom:
    secretKeyRef: {name: {{ $.Values.secretName }}, key: {{ . }}, optional: true}
{{- end }}
{{- end }}

{{- define "presente.mounts" -}}
- {name: data, mountPath: /data}
- {name: keys, mountPath: /keys}
- {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "presente.volumes" -}}
- name: data
  {{- if .Values.storage.url }}
  emptyDir:
    sizeLimit: {{ .Values.storage.scratch }}
  {{- else }}
  persistentVolumeClaim:
    claimName: {{ include "presente.dataClaim" . }}
  {{- end }}
- name: keys
  persistentVolumeClaim:
    claimName: {{ include "presente.keysClaim" . }}
- name: tmp
  emptyDir: {}
{{- end }}

{{/* Nothing of a version starts before its migrations are done; where they fail the old one goes on. */}}
{{- define "presente.waiting" -}}
- name: migrations
  {{- include "presente.image" . | nindent 2 }}
  command: [sh, -c, "until python manage.py migrate --check; do sleep 5; done"]
  env:
    {{- include "presente.environment" . | nindent 4 }}
  volumeMounts:
    {{- include "presente.mounts" . | nindent 4 }}
  securityContext:
    {{- include "presente.security" . | nindent 4 }}
{{- end }}

{{/* A deployment of one part: root, part, replicas (none: something else scales it), command, resources, more. */}}
{{- define "presente.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .root.Release.Name }}-{{ .part }}
  labels:
    {{- include "presente.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .part }}
spec:
  {{- with .replicas }}
  replicas: {{ . }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels:
      {{- include "presente.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "presente.labels" .root | nindent 8 }}
        app.kubernetes.io/component: {{ .part }}
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: {{ .grace | default 30 }}
      securityContext:
        {{- include "presente.podSecurity" .root | nindent 8 }}
      {{- with .root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      {{- with .root.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      initContainers:
        {{- include "presente.waiting" .root | nindent 8 }}
      containers:
        - name: {{ .part }}
          {{- include "presente.image" .root | nindent 10 }}
          command: {{ .command | toJson }}
          env:
            {{- include "presente.environment" .root | nindent 12 }}
            {{- range $name, $value := .env }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
            {{- end }}
          {{- with .more }}
          {{- . | nindent 10 }}
          {{- end }}
          resources:
            {{- toYaml .resources | nindent 12 }}
          volumeMounts:
            {{- include "presente.mounts" .root | nindent 12 }}
          securityContext:
            {{- include "presente.security" .root | nindent 12 }}
      volumes:
        {{- include "presente.volumes" .root | nindent 8 }}
{{- end }}

{{/* More of a part while its queue is long: root, part, queue, and its values. */}}
{{- define "presente.byQueue" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .root.Release.Name }}-{{ .part }}
  labels:
    {{- include "presente.labels" .root | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .root.Release.Name }}-{{ .part }}
  minReplicas: {{ .values.min }}
  maxReplicas: {{ .values.max }}
  metrics:
    - type: External
      external:
        metric:
          name: presente_queue_length
          selector:
            matchLabels: {queue: {{ .queue }}}
        target:
          type: AverageValue
          averageValue: {{ .values.length | quote }}
{{- end }}
