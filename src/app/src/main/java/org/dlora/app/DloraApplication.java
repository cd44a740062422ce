package org.dlora.app;

import org.dlora.app.commands.CommandRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.ApplicationListener;

/** Starts the server, or runs the command that the first argument names. */
@SpringBootApplication
public class DloraApplication {
    private static final int WRONG_USAGE = 2;

    public static void main(String[] args) {
        if (CommandRunner.isNamed(args)) {
            System.exit(CommandRunner.run(args));
        }
        if (ServerCommandLine.asksForHelp(args)) {
            System.out.print(ServerCommandLine.USAGE);
            return;
        }
        ServerCommandLine.problem(args).ifPresent(DloraApplication::refuse);
        var server = new SpringApplication(DloraApplication.class);
        server.addListeners(
                (ApplicationListener<ApplicationStartedEvent>)
                        started ->
                                ShutdownLimit.begin(
                                        started.getApplicationContext().getEnvironment()));
        server.run(args);
    }

    private static void refuse(String problem) {
        System.err.println(problem);
        System.err.print(ServerCommandLine.USAGE);
        System.exit(WRONG_USAGE);
    }
}
