"""Which assertions of the Sparkplug 3.0.0 specification which test holds: `@holds("tck-id-…")` on the test."""

HELD = {}


def holds(*ids):
    """Say that a test holds these assertions."""

    def mark(test):
        for one in ids:
            HELD.setdefault(one, []).append(test.__name__)
        return test

    return mark


# Every assertion about a host application, and those about payloads, topics and sequence that its reader must understand.
EXPECTED = """
tck-id-host-topic-phid-birth-message tck-id-host-topic-phid-birth-payload tck-id-host-topic-phid-birth-payload-timestamp
tck-id-host-topic-phid-birth-qos tck-id-host-topic-phid-birth-required tck-id-host-topic-phid-birth-retain
tck-id-host-topic-phid-birth-sub-required tck-id-host-topic-phid-birth-topic tck-id-host-topic-phid-death-payload
tck-id-host-topic-phid-death-payload-timestamp-connect tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean
tck-id-host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet tck-id-host-topic-phid-death-qos
tck-id-host-topic-phid-death-required tck-id-host-topic-phid-death-retain tck-id-host-topic-phid-death-topic
tck-id-message-flow-hid-sparkplug-state-message-delivered tck-id-message-flow-phid-sparkplug-clean-session-311
tck-id-message-flow-phid-sparkplug-clean-session-50 tck-id-message-flow-phid-sparkplug-state-publish
tck-id-message-flow-phid-sparkplug-state-publish-payload tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp
tck-id-message-flow-phid-sparkplug-subscription
tck-id-operational-behavior-data-commands-dcmd-metric-name tck-id-operational-behavior-data-commands-dcmd-metric-value
tck-id-operational-behavior-data-commands-dcmd-verb tck-id-operational-behavior-data-commands-ncmd-metric-name
tck-id-operational-behavior-data-commands-ncmd-metric-value tck-id-operational-behavior-data-commands-ncmd-rebirth-name
tck-id-operational-behavior-data-commands-ncmd-rebirth-value tck-id-operational-behavior-data-commands-ncmd-rebirth-verb
tck-id-operational-behavior-data-commands-ncmd-verb
tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-offline
tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale
tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-offline
tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale
tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-offline
tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale
tck-id-operational-behavior-host-application-connect-birth tck-id-operational-behavior-host-application-connect-birth-payload
tck-id-operational-behavior-host-application-connect-birth-qos tck-id-operational-behavior-host-application-connect-birth-retained
tck-id-operational-behavior-host-application-connect-birth-topic tck-id-operational-behavior-host-application-connect-will
tck-id-operational-behavior-host-application-connect-will-payload tck-id-operational-behavior-host-application-connect-will-qos
tck-id-operational-behavior-host-application-connect-will-retained tck-id-operational-behavior-host-application-connect-will-topic
tck-id-operational-behavior-host-application-death-payload tck-id-operational-behavior-host-application-death-qos
tck-id-operational-behavior-host-application-death-retained tck-id-operational-behavior-host-application-death-topic
tck-id-operational-behavior-host-application-disconnect-intentional tck-id-operational-behavior-host-application-host-id
tck-id-operational-behavior-host-application-multi-server-timestamp tck-id-operational-behavior-host-application-termination
tck-id-operational-behavior-host-reordering-param tck-id-operational-behavior-host-reordering-rebirth
tck-id-operational-behavior-host-reordering-start tck-id-operational-behavior-host-reordering-success
tck-id-operational-behavior-primary-application-state-with-multiple-servers-state
tck-id-payloads-alias-birth-requirement tck-id-payloads-alias-data-cmd-requirement tck-id-payloads-alias-uniqueness
tck-id-payloads-dataset-column-num-headers tck-id-payloads-dataset-column-size tck-id-payloads-dataset-parameter-type-req
tck-id-payloads-dataset-types-def tck-id-payloads-dataset-types-num tck-id-payloads-dataset-types-type
tck-id-payloads-dataset-types-value tck-id-payloads-dbirth-order tck-id-payloads-dbirth-qos tck-id-payloads-dbirth-retain
tck-id-payloads-dbirth-seq tck-id-payloads-dbirth-seq-inc tck-id-payloads-dbirth-timestamp tck-id-payloads-dcmd-qos
tck-id-payloads-dcmd-retain tck-id-payloads-dcmd-seq tck-id-payloads-dcmd-timestamp tck-id-payloads-ddata-qos
tck-id-payloads-ddata-retain tck-id-payloads-ddata-seq tck-id-payloads-ddata-seq-inc tck-id-payloads-ddata-timestamp
tck-id-payloads-ddeath-seq tck-id-payloads-ddeath-seq-inc tck-id-payloads-ddeath-seq-number tck-id-payloads-ddeath-timestamp
tck-id-payloads-metric-datatype-not-req tck-id-payloads-metric-datatype-req tck-id-payloads-metric-datatype-value
tck-id-payloads-metric-datatype-value-type tck-id-payloads-metric-propertyvalue-type-req
tck-id-payloads-metric-propertyvalue-type-type tck-id-payloads-metric-propertyvalue-type-value
tck-id-payloads-metric-timestamp-in-UTC tck-id-payloads-name-birth-data-requirement tck-id-payloads-name-cmd-requirement
tck-id-payloads-name-requirement tck-id-payloads-nbirth-bdseq tck-id-payloads-nbirth-bdseq-repeat tck-id-payloads-nbirth-qos
tck-id-payloads-nbirth-rebirth-req tck-id-payloads-nbirth-retain tck-id-payloads-nbirth-seq tck-id-payloads-nbirth-timestamp
tck-id-payloads-ncmd-qos tck-id-payloads-ncmd-retain tck-id-payloads-ncmd-seq tck-id-payloads-ncmd-timestamp
tck-id-payloads-ndata-qos tck-id-payloads-ndata-retain tck-id-payloads-ndata-seq tck-id-payloads-ndata-seq-inc
tck-id-payloads-ndata-timestamp tck-id-payloads-ndeath-bdseq tck-id-payloads-ndeath-seq
tck-id-payloads-propertyset-keys-array-size tck-id-payloads-propertyset-quality-value-type
tck-id-payloads-propertyset-quality-value-value tck-id-payloads-propertyset-values-array-size
tck-id-payloads-sequence-num-always-included tck-id-payloads-sequence-num-incrementing tck-id-payloads-sequence-num-req-nbirth
tck-id-payloads-state-birth tck-id-payloads-state-birth-payload tck-id-payloads-state-subscribe
tck-id-payloads-state-will-message tck-id-payloads-state-will-message-payload tck-id-payloads-state-will-message-qos
tck-id-payloads-state-will-message-retain tck-id-payloads-template-definition-is-definition
tck-id-payloads-template-definition-ref tck-id-payloads-template-instance-is-definition tck-id-payloads-template-instance-ref
tck-id-payloads-template-is-definition tck-id-payloads-template-parameter-name-required
tck-id-payloads-template-parameter-value tck-id-payloads-template-version tck-id-payloads-timestamp-in-UTC
tck-id-topic-structure tck-id-topic-structure-namespace-a
tck-id-topic-structure-namespace-device-id-associated-message-types
tck-id-topic-structure-namespace-device-id-non-associated-message-types
tck-id-topic-structure-namespace-duplicate-device-id-across-edge-node tck-id-topic-structure-namespace-valid-device-id
tck-id-topic-structure-namespace-valid-edge-node-id tck-id-topic-structure-namespace-valid-group-id
tck-id-topics-dbirth-metrics tck-id-topics-dbirth-mqtt tck-id-topics-dbirth-seq tck-id-topics-dbirth-timestamp
tck-id-topics-dbirth-topic tck-id-topics-dcmd-mqtt tck-id-topics-dcmd-payload tck-id-topics-dcmd-timestamp
tck-id-topics-dcmd-topic tck-id-topics-ddata-mqtt tck-id-topics-ddata-seq-num tck-id-topics-ddata-timestamp
tck-id-topics-ddata-topic tck-id-topics-ddeath-mqtt tck-id-topics-ddeath-seq-num tck-id-topics-ddeath-topic
tck-id-topics-nbirth-bdseq-included tck-id-topics-nbirth-bdseq-increment tck-id-topics-nbirth-bdseq-matching
tck-id-topics-nbirth-metrics tck-id-topics-nbirth-mqtt tck-id-topics-nbirth-rebirth-metric tck-id-topics-nbirth-seq-num
tck-id-topics-nbirth-timestamp tck-id-topics-nbirth-topic tck-id-topics-ncmd-mqtt tck-id-topics-ncmd-payload
tck-id-topics-ncmd-timestamp tck-id-topics-ncmd-topic tck-id-topics-ndata-mqtt tck-id-topics-ndata-seq-num
tck-id-topics-ndata-timestamp tck-id-topics-ndata-topic tck-id-topics-ndeath-payload tck-id-topics-ndeath-seq
tck-id-topics-ndeath-topic tck-id-operational-behavior-data-commands-rebirth-datatype
tck-id-operational-behavior-data-commands-rebirth-name tck-id-operational-behavior-data-commands-rebirth-name-aliases
tck-id-operational-behavior-data-commands-rebirth-value tck-id-operational-behavior-data-commands-rebirth-action-3
""".split()
NOT_HELD = {
    "tck-id-host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet": "we always send DISCONNECT",
    "tck-id-operational-behavior-host-application-host-id": "uniqueness over a plant cannot be seen by one host",
    "tck-id-operational-behavior-host-application-multi-server-timestamp": "one source has one broker, and its own stamp",
}
