// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.zip.CRC32;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.ReceiverAdapter;
import org.jgroups.View;

/**
 * A member of a JGroups cluster: prints views and messages, sends for each line `SIZE` of its input
 * a message of so many bytes to all.
 */
final class JgroupsMember extends ReceiverAdapter {
	private final JChannel channel;

	private JgroupsMember(String stack, String name) throws Exception {
		channel = new JChannel(stack);
		channel.setName(name);
		channel.setReceiver(this);
		channel.connect("mctest");
	}

	@Override
	public void viewAccepted(View view) {
		System.out.println("view of " + view.getMembers().size());
	}

	@Override
	public void receive(Message message) {
		System.out.println("message of " + channel.getName(message.getSrc()) + " "
				+ describe(message.getBuffer()));
	}

	private static String describe(byte[] content) {
		CRC32 crc = new CRC32();
		crc.update(content);
		return content.length + " " + crc.getValue();
	}

	private void send(int size) throws Exception {
		byte[] content = new byte[size];
		for (int i = 0; i < size; i++)
			content[i] = (byte) (i % 251);
		channel.send(new Message(null, null, content));
		System.out.println("sent " + describe(content));
	}

	public static void main(String[] arguments) throws Exception {
		JgroupsMember member = new JgroupsMember(arguments[0], arguments[1]);
		BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
		for (String line; (line = input.readLine()) != null; )
			member.send(Integer.parseInt(line));
		member.channel.close();
	}
}
