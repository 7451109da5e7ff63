package com.mimiry.launch;

import com.mimiry.identity.SshKeys.SshKey;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** The SSH keys that users sign in with. */
@Command(name = "key", mixinStandardHelpOptions = true, description = "SSH keys.", synopsisSubcommandLabel = "COMMAND")
final class KeyCommand {
    private static final Table<SshKey> KEYS = new Table<SshKey>()
            .column("ID", SshKey::id)
            .column("FINGERPRINT", key -> key.key().fingerprint())
            .column("TYPE", key -> key.key().type())
            .column("TITLE", SshKey::title);

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    @Command(name = "add", mixinStandardHelpOptions = true, description = "Registers a further key of a user.")
    int add(
            @Option(names = "--email", required = true, paramLabel = "E", description = "Or username or id.")
                    String user,
            @Option(names = "--key", required = true, paramLabel = "FILE.pub") Path file,
            @Option(names = "--title", paramLabel = "TEXT", description = "Default: the key's comment.") @Nullable String title) {
        String line = PublicKeyFile.read(file);
        SshKey added = admin.on(operator -> operator.identity().addKey(user, line, title));
        admin.show(added, List.of(added), KEYS);
        return 0;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "The keys of a user, oldest first.")
    int list(
            @Option(names = "--email", required = true, paramLabel = "E", description = "Or username or id.")
                    String user) {
        List<SshKey> keys = admin.on(operator -> operator.identity().keys(user));
        admin.show(keys, keys, KEYS);
        return 0;
    }
}
