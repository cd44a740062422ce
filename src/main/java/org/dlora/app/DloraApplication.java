package org.dlora.app;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the server, or runs the command that the first argument names. */
@SpringBootApplication
public class DloraApplication {
    private static final int WRONG_USAGE = 2;

    public static void main(String[] args) {
        if (Commands.isNamed(args)) {
            System.exit(Commands.run(args));
        }
        if (ServerArguments.asksForHelp(args)) {
            System.out.print(ServerArguments.USAGE);
            return;
        }
        ServerArguments.problem(args).ifPresent(DloraApplication::refuse);
        SpringApplication.run(DloraApplication.class, args);
    }

    private static void refuse(String problem) {
        System.err.println(problem);
        System.err.print(ServerArguments.USAGE);
        System.exit(WRONG_USAGE);
    }
}
