// SPDX-License-Identifier: Apache-2.0

import static java.util.stream.Collectors.toMap;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import jdk.internal.org.objectweb.asm.ClassReader;
import jdk.internal.org.objectweb.asm.ClassWriter;
import jdk.internal.org.objectweb.asm.Handle;
import jdk.internal.org.objectweb.asm.Opcodes;
import jdk.internal.org.objectweb.asm.Type;
import jdk.internal.org.objectweb.asm.commons.GeneratorAdapter;
import jdk.internal.org.objectweb.asm.commons.Method;
import jdk.internal.org.objectweb.asm.tree.AbstractInsnNode;
import jdk.internal.org.objectweb.asm.tree.ClassNode;
import jdk.internal.org.objectweb.asm.tree.InvokeDynamicInsnNode;
import jdk.internal.org.objectweb.asm.tree.MethodInsnNode;
import jdk.internal.org.objectweb.asm.tree.MethodNode;

/**
 * Makes a class of each lambda and method reference in jars, as of an anonymous class. A JVM links
 * a lambda when it first comes to it: 0.1 ms of Java that is interpreted then, also if the class is
 * in a class-data archive, and an operation comes to two hundred of them. By the copy of ASM that a
 * JDK has up to Java 23.
 */
public final class Unlambda {
  private final Map<String, ClassNode> classes;
  private final Map<String, byte[]> made = new HashMap<>();

  private Unlambda(Map<String, ClassNode> classes) {
    this.classes = classes;
  }

  /** Rewrites the jars that are named. */
  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      try (FileSystem content = FileSystems.newFileSystem(Path.of(jar))) {
        rewrite(content.getPath("/"));
      }
    }
  }

  private static void rewrite(Path root) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(root)) {
      files = all.filter(file -> file.toString().endsWith(".class")).toList();
    }
    List<ClassNode> nodes = new ArrayList<>();
    for (Path file : files) {
      ClassNode node = new ClassNode();
      new ClassReader(Files.readAllBytes(file)).accept(node, 0);
      nodes.add(node);
    }
    Unlambda jar = new Unlambda(nodes.stream().collect(toMap(node -> node.name, node -> node)));
    jar.rewrite();
    for (Map.Entry<String, byte[]> one : jar.made.entrySet()) {
      Files.write(root.resolve(one.getKey() + ".class"), one.getValue());
    }
  }

  private void rewrite() {
    Set<ClassNode> changed = new LinkedHashSet<>();
    for (ClassNode host : classes.values()) {
      if (rewrite(host)) {
        changed.add(host);
        changed.add(nest(host));
      }
    }
    for (ClassNode node : changed) {
      ClassWriter writer = new ClassWriter(0);
      node.accept(writer);
      made.put(node.name, writer.toByteArray());
    }
  }

  /** The class that says who may see each other's private members. */
  private ClassNode nest(ClassNode host) {
    return host.nestHostClass == null ? host : classes.get(host.nestHostClass);
  }

  private boolean rewrite(ClassNode host) {
    int count = 0;
    for (MethodNode method : host.methods) {
      for (AbstractInsnNode instruction : method.instructions.toArray()) {
        if (instruction instanceof InvokeDynamicInsnNode lambda && isPlain(host, lambda)) {
          String name = host.name + "$Lambda" + count++;
          made.put(name, new LambdaClass(name, lambda).bytes(host.version, nest(host).name));
          addToNest(nest(host), name);
          method.instructions.set(
              lambda,
              new MethodInsnNode(Opcodes.INVOKESTATIC, name, LambdaClass.OF, lambda.desc, false));
        }
      }
    }
    return count > 0;
  }

  private static void addToNest(ClassNode nest, String name) {
    if (nest.nestMembers == null) {
      nest.nestMembers = new ArrayList<>();
    }
    nest.nestMembers.add(name);
  }

  /** Not one that is to be serialised, nor {@code super::method}, which only its class may call. */
  private static boolean isPlain(ClassNode host, InvokeDynamicInsnNode call) {
    if (!call.bsm.getOwner().equals("java/lang/invoke/LambdaMetafactory")
        || !call.bsm.getName().equals("metafactory")) {
      return false;
    }
    Handle body = (Handle) call.bsmArgs[1];
    return body.getTag() != Opcodes.H_INVOKESPECIAL
        || (body.getOwner().equals(host.name)
            && host.methods.stream().anyMatch(method -> isPrivate(method, body)));
  }

  private static boolean isPrivate(MethodNode method, Handle body) {
    return method.name.equals(body.getName())
        && method.desc.equals(body.getDesc())
        && (method.access & Opcodes.ACC_PRIVATE) != 0;
  }

  /** What a lambda becomes: fields for what it captures, and the one method of its interface. */
  private static final class LambdaClass {
    /** Makes an object, of what is captured. */
    static final String OF = "of";

    private final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    private final Type self;
    private final InvokeDynamicInsnNode lambda;
    private final Type[] captured;

    LambdaClass(String name, InvokeDynamicInsnNode lambda) {
      this.self = Type.getObjectType(name);
      this.lambda = lambda;
      this.captured = Type.getArgumentTypes(lambda.desc);
    }

    byte[] bytes(int version, String nest) {
      String[] interfaces = {Type.getReturnType(lambda.desc).getInternalName()};
      int access = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;
      writer.visit(version, access, self.getInternalName(), null, "java/lang/Object", interfaces);
      writer.visitNestHost(nest);
      Method constructor = new Method("<init>", Type.VOID_TYPE, captured);
      GeneratorAdapter init = method(Opcodes.ACC_PRIVATE, constructor);
      init.loadThis();
      init.invokeConstructor(Type.getType(Object.class), new Method("<init>", "()V"));
      for (int i = 0; i < captured.length; i++) {
        String type = captured[i].getDescriptor();
        writer.visitField(Opcodes.ACC_PRIVATE, "captured" + i, type, null, null).visitEnd();
        init.loadThis();
        init.loadArg(i);
        init.putField(self, "captured" + i, captured[i]);
      }
      end(init);
      GeneratorAdapter of = method(Opcodes.ACC_STATIC, new Method(OF, lambda.desc));
      of.newInstance(self);
      of.dup();
      of.loadArgs();
      of.invokeConstructor(self, constructor);
      end(of);
      addBody();
      writer.visitEnd();
      return writer.toByteArray();
    }

    private GeneratorAdapter method(int access, Method method) {
      return new GeneratorAdapter(access, method, null, null, writer);
    }

    private static void end(GeneratorAdapter code) {
      code.returnValue();
      code.endMethod();
    }

    private void addBody() {
      Type erased = (Type) lambda.bsmArgs[0];
      Type actual = (Type) lambda.bsmArgs[2];
      Handle target = (Handle) lambda.bsmArgs[1];
      Type owner = Type.getObjectType(target.getOwner());
      Type made = Type.getReturnType(target.getDesc());
      GeneratorAdapter code =
          method(Opcodes.ACC_PUBLIC, new Method(lambda.name, erased.getDescriptor()));
      List<Type> wanted = new ArrayList<>(Arrays.asList(Type.getArgumentTypes(target.getDesc())));
      if (target.getTag() == Opcodes.H_NEWINVOKESPECIAL) {
        made = owner;
        code.newInstance(owner);
        code.dup();
      } else if (target.getTag() != Opcodes.H_INVOKESTATIC) {
        wanted.add(0, owner);
      }
      load(code, erased.getArgumentTypes(), actual.getArgumentTypes(), wanted);
      code.visitMethodInsn(
          opcode(target),
          target.getOwner(),
          target.getName(),
          target.getDesc(),
          target.isInterface());
      if (erased.getReturnType() == Type.VOID_TYPE) {
        discard(code, made);
      } else {
        convert(code, made, actual.getReturnType());
        convert(code, actual.getReturnType(), erased.getReturnType());
      }
      end(code);
    }

    private void load(GeneratorAdapter code, Type[] erased, Type[] actual, List<Type> wanted) {
      for (int i = 0; i < captured.length; i++) {
        code.loadThis();
        code.getField(self, "captured" + i, captured[i]);
        convert(code, captured[i], wanted.get(i));
      }
      for (int i = 0; i < erased.length; i++) {
        code.loadArg(i);
        convert(code, erased[i], actual[i]);
        convert(code, actual[i], wanted.get(captured.length + i));
      }
    }

    /** A private method is called like any other in a nest. */
    private static int opcode(Handle target) {
      return switch (target.getTag()) {
        case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
        case Opcodes.H_NEWINVOKESPECIAL -> Opcodes.INVOKESPECIAL;
        default -> target.isInterface() ? Opcodes.INVOKEINTERFACE : Opcodes.INVOKEVIRTUAL;
      };
    }

    private static void discard(GeneratorAdapter code, Type value) {
      if (value.getSize() == 2) {
        code.pop2();
      } else if (value.getSize() == 1) {
        code.pop();
      }
    }

    /** As java.lang.invoke.LambdaMetafactory documents it. */
    private static void convert(GeneratorAdapter code, Type from, Type to) {
      if (from.equals(to)) {
        return;
      }
      if (isPrimitive(from) && isPrimitive(to)) {
        code.cast(from, to);
      } else if (isPrimitive(from)) {
        code.valueOf(from);
      } else if (isPrimitive(to)) {
        // Through Number: an Integer may be wanted as a long.
        code.unbox(to);
      } else {
        code.checkCast(to);
      }
    }

    private static boolean isPrimitive(Type type) {
      return type.getSort() < Type.ARRAY;
    }
  }
}
