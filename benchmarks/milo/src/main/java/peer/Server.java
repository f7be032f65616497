package peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.milo.opcua.sdk.core.AccessLevel;
import org.eclipse.milo.opcua.sdk.core.Reference;
import org.eclipse.milo.opcua.sdk.server.OpcUaServer;
import org.eclipse.milo.opcua.sdk.server.api.DataItem;
import org.eclipse.milo.opcua.sdk.server.api.ManagedNamespaceWithLifecycle;
import org.eclipse.milo.opcua.sdk.server.api.MonitoredItem;
import org.eclipse.milo.opcua.sdk.server.api.config.OpcUaServerConfig;
import org.eclipse.milo.opcua.sdk.server.identity.AnonymousIdentityValidator;
import org.eclipse.milo.opcua.sdk.server.nodes.UaFolderNode;
import org.eclipse.milo.opcua.sdk.server.nodes.UaVariableNode;
import org.eclipse.milo.opcua.stack.core.Identifiers;
import org.eclipse.milo.opcua.stack.core.security.DefaultCertificateManager;
import org.eclipse.milo.opcua.stack.core.security.SecurityPolicy;
import org.eclipse.milo.opcua.stack.core.transport.TransportProfile;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.DateTime;
import org.eclipse.milo.opcua.stack.core.types.builtin.LocalizedText;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.eclipse.milo.opcua.stack.core.types.builtin.Variant;
import org.eclipse.milo.opcua.stack.core.types.enumerated.MessageSecurityMode;
import org.eclipse.milo.opcua.stack.server.EndpointConfiguration;

/** Variables Line1/Value0000 …; each monitored item is given 1, 2, 3 … so that a reader sees any that is missing. */
public final class Server {
  /** Arguments: port, variables, changes of each a second. */
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    int variables = Integer.parseInt(args[1]);
    double rate = Double.parseDouble(args[2]);
    var endpoint = EndpointConfiguration.newBuilder()
        .setBindAddress("127.0.0.1").setBindPort(port).setHostname("127.0.0.1").setPath("/")
        .setTransportProfile(TransportProfile.TCP_UASC_UABINARY)
        .setSecurityPolicy(SecurityPolicy.None).setSecurityMode(MessageSecurityMode.None)
        .addTokenPolicies(OpcUaServerConfig.USER_TOKEN_POLICY_ANONYMOUS).build();
    var config = OpcUaServerConfig.builder()
        .setApplicationName(LocalizedText.english("milo")).setApplicationUri("urn:peer:milo")
        .setProductUri("urn:peer:milo").setEndpoints(Set.of(endpoint))
        .setCertificateManager(new DefaultCertificateManager())
        .setIdentityValidator(AnonymousIdentityValidator.INSTANCE).build();
    var server = new OpcUaServer(config);
    var line = new Line(server, variables);
    line.startup();
    server.startup().get();
    System.out.println("ready");
    System.out.flush();
    line.offer(rate);
  }

  static final class Line extends ManagedNamespaceWithLifecycle {
    private final List<DataItem> items = new CopyOnWriteArrayList<>();

    Line(OpcUaServer server, int variables) {
      super(server, "urn:peer:line");
      getLifecycleManager().addStartupTask(() -> create(variables));
    }

    private void create(int variables) {
      var folder = new UaFolderNode(
          getNodeContext(), newNodeId("Line1"), newQualifiedName("Line1"), LocalizedText.english("Line1"));
      getNodeManager().addNode(folder);
      folder.addReference(new Reference(
          folder.getNodeId(), Identifiers.Organizes, Identifiers.ObjectsFolder.expanded(), false));
      for (int at = 0; at < variables; at++) {
        var name = String.format("Value%04d", at);
        var node = new UaVariableNode.UaVariableNodeBuilder(getNodeContext())
            .setNodeId(newNodeId("Line1/" + name)).setBrowseName(newQualifiedName(name))
            .setDisplayName(LocalizedText.english(name)).setDataType(Identifiers.Double)
            .setTypeDefinition(Identifiers.BaseDataVariableType)
            .setAccessLevel(AccessLevel.READ_ONLY).setUserAccessLevel(AccessLevel.READ_ONLY).build();
        node.setValue(value(0));
        getNodeManager().addNode(node);
        folder.addOrganizes(node);
      }
    }

    private static DataValue value(long number) {
      var now = DateTime.now();
      return new DataValue(new Variant((double) number), StatusCode.GOOD, now, now);
    }

    /** A tick gives every item its next number; each minute-long count of what was offered goes to standard output. */
    void offer(double rate) {
      long period = Math.round(1e9 / rate);
      long next = System.nanoTime();
      long number = 0;
      while (true) {
        number++;
        var all = new ArrayList<>(items);
        for (var item : all) item.setValue(value(number));
        next += period;
        if (number % Math.max(1, Math.round(rate)) == 0) {
          System.out.println(number + " " + all.size());
          System.out.flush();
        }
        LockSupport.parkNanos(next - System.nanoTime());
      }
    }

    @Override
    public void onDataItemsCreated(List<DataItem> created) {
      items.addAll(created);
    }

    @Override
    public void onDataItemsModified(List<DataItem> modified) {}

    @Override
    public void onDataItemsDeleted(List<DataItem> deleted) {
      items.removeAll(deleted);
    }

    @Override
    public void onMonitoringModeChanged(List<MonitoredItem> changed) {}
  }
}
